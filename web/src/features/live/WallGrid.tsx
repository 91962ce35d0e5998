import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { Tile } from './Tile';
import type { LiveView } from './useView';
import styles from './WallGrid.module.css';
import { columnsOf, type WallState } from './wall';

interface GridProps {
  wall: WallState;
  known: ReadonlyMap<string, Channel>;
  view: LiveView;
  visible: boolean;
  grid: RefObject<HTMLDivElement | null>;
}

const COVERED_GRACE_MS = 10_000;

export function WallGrid({ wall, known, view, visible, grid }: GridProps) {
  const { t } = useTranslation();
  const { layout, slots, focused, enlarged } = wall;
  const restSuspended = useAfter(enlarged !== null, COVERED_GRACE_MS);
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
            channel={(channelId && known.get(channelId)) || null}
            viewId={viewIn(view, channelId)}
            focused={focused === index}
            enlarged={enlarged === index}
            layout={layout}
            covered={covered}
            suspended={!visible || (covered && restSuspended)}
            onViewGone={view.reopen}
          />
        );
      })}
    </div>
  );
}

function viewIn(view: LiveView, channelId: string | null): string | null {
  return channelId && view.viewId && view.channels.includes(channelId) ? view.viewId : null;
}

/** True once `condition` has held for `graceMs`. */
function useAfter(condition: boolean, graceMs: number): boolean {
  const [after, setAfter] = useState(false);
  useEffect(() => {
    setAfter(false);
    if (!condition) return;
    const timer = window.setTimeout(() => setAfter(true), graceMs);
    return () => window.clearTimeout(timer);
  }, [condition, graceMs]);
  return after && condition;
}
