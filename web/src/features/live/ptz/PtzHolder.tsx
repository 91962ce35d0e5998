import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readTurning } from '@/lib/server';
import styles from './Ptz.module.css';

/** Whose hand a camera is in, for everybody who watches it. The event feed says when that changes. */
export function PtzHolder({ channelId }: { channelId: string }) {
  const { t } = useTranslation();
  const state = useQuery({ queryKey: ['ptz', channelId], queryFn: () => readTurning(channelId), staleTime: 30_000 });
  const lock = state.data?.lock;
  if (!lock || lock.own) return null;
  return (
    <span className={styles.holder} data-testid="ptz-holder">
      {t('live.ptz.heldBy', { name: lock.by })}
    </span>
  );
}
