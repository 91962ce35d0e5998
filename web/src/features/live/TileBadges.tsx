import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import type { StreamFacts } from '@/components/player/LivePlayer';
import type { LiveState } from '@/components/player/liveState';
import { codecName } from '@/lib/codec';
import styles from './TileBadges.module.css';

interface BadgesProps {
  name: string;
  channel: Channel | null;
  state: LiveState;
  stream: StreamFacts | null;
  tile: RefObject<HTMLElement | null>;
}

const LATE_MS = 1000;

/** The strip of facts: name and recording above, the way of transport, picture and delay below. */
export function TileBadges({ name, channel, state, stream, tile }: BadgesProps) {
  const { t } = useTranslation();
  const recording = channel?.state === 'recording';
  return (
    <>
      <div className={styles.top}>
        <span
          className={recording ? styles.rec : styles.noRec}
          title={t(recording ? 'live.recording' : 'live.notRecording')}
          data-testid="rec"
          data-recording={recording}
        >
          {t(recording ? 'live.rec' : 'live.noRec')}
        </span>
        <span className={styles.name}>{name}</span>
        <span className={styles.place}>{channel?.place.name}</span>
      </div>
      {stream && (
        <div className={`${styles.bottom} tabular`}>
          <span title={t('live.transportHint')}>{t('live.transport.mse')}</span>
          <span>{codecName(stream.mime)}</span>
          <span>
            {stream.width}×{stream.height}
          </span>
          {state.kind === 'playing' && <Delay tile={tile} />}
        </div>
      )}
    </>
  );
}

/** Read off the tile once a second: the player writes it there with each frame. */
function Delay({ tile }: { tile: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  const [delayMs, setDelayMs] = useState<number | null>(null);
  useEffect(() => {
    const read = () => setDelayMs(tile.current?.dataset.delayMs ? Number(tile.current.dataset.delayMs) : null);
    read();
    const timer = window.setInterval(read, 1000);
    return () => window.clearInterval(timer);
  }, [tile]);
  if (delayMs === null) return null;
  return (
    <span className={delayMs > LATE_MS ? styles.late : undefined} title={t('live.delayHint')} data-testid="delay">
      {t('live.delay', { seconds: (delayMs / 1000).toFixed(2) })}
    </span>
  );
}
