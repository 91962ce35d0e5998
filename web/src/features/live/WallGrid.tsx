import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { Tile } from './Tile';
import type { LiveView } from './useView';
import styles from './WallGrid.module.css';
import { columnsOf, type WallState } from './wall';

interface GridProps {
  wall: WallState;
  known: ReadonlyMap<string, Channel>;
  /** Whether the server was asked about everything that is shown. */
  asked: boolean;
  view: LiveView;
  visible: boolean;
  grid: RefObject<HTMLDivElement | null>;
}

export function WallGrid({ wall, known, asked, view, visible, grid }: GridProps) {
  const { t } = useTranslation();
  const { layout, slots, focused, enlarged } = wall;
  const columns = enlarged === null ? columnsOf(layout) : 1;
  const tiles = Array.from({ length: layout }, (_, index) => index);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of pictures is no set of form fields
    <div
      ref={grid}
      className={styles.grid}
      style={{ gridTemplate: `repeat(${columns}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))` }}
      role="group"
      aria-label={t('live.wallLabel', { count: layout })}
      data-testid="wall"
      data-layout={layout}
      data-enlarged={enlarged ?? ''}
      data-view={view.viewId}
    >
      {tiles.map((index) => {
        const channelId = slots[index] ?? null;
        const covered = enlarged !== null && enlarged !== index;
        return (
          <Tile
            key={index}
            index={index}
            channelId={channelId}
            channel={inUse(channelId && known.get(channelId))}
            asked={asked}
            viewId={viewIn(view, channelId)}
            focused={focused === index}
            enlarged={enlarged === index}
            layout={layout}
            covered={covered}
            visible={visible}
            onViewGone={view.reopen}
          />
        );
      })}
    </div>
  );
}

const inUse = (channel: Channel | null | undefined | ''): Channel | null =>
  channel && channel.state !== 'retired' ? channel : null;

function viewIn(view: LiveView, channelId: string | null): string | null {
  return channelId && view.viewId && view.channels.includes(channelId) ? view.viewId : null;
}
