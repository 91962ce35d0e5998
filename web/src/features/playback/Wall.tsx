import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChannelSelect } from '@/components/ChannelSelect';
import type { Layout } from './address';
import styles from './Wall.module.css';

interface WallProps {
  layout: Layout;
  count: number;
  onAdd: (channelId: string) => void;
  children: ReactNode;
}

/** The tiles of the desk: one, four or nine; an empty one asks for a channel. */
export function Wall({ layout, count, onAdd, children }: WallProps) {
  const { t } = useTranslation();
  const empty = layout === 1 ? 0 : Math.max(0, layout - count);
  return (
    <div className={styles.wall} data-layout={layout} data-tone="dark" data-testid="playback-wall">
      {children}
      {Array.from({ length: empty }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: empty places have nothing else to be told apart by
        <div key={index} className={styles.empty} data-testid="empty-tile">
          <ChannelSelect className={styles.select ?? ''} aria-label={t('wall.add')} value={null} onChange={onAdd} />
        </div>
      ))}
    </div>
  );
}
