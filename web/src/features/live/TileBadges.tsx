import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import type { StreamFacts } from '@/components/player/LivePlayer';
import type { SoundState } from '@/components/player/LiveSound';
import type { LiveState } from '@/components/player/liveState';
import { codecName } from '@/lib/codec';
import { useConnection } from '@/lib/connection';
import type { StreamChoice } from './streamChoice';
import styles from './TileBadges.module.css';

interface BadgesProps {
  name: string;
  channel: Channel | null;
  state: LiveState;
  facts: StreamFacts | null;
  /** Why the small stream is asked for. */
  why: StreamChoice['why'];
  sounding: SoundState;
  tile: RefObject<HTMLElement | null>;
}

const LATE_MS = 1000;
const RECORDING_STYLES = { yes: styles.rec, standby: styles.noRec, no: styles.noRec, unknown: styles.noRec };

/** The strip of facts: name and recording above, the way of transport, picture and delay below. */
export function TileBadges({ name, channel, state, facts, why, sounding, tile }: BadgesProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.top}>
        <Recording state={channel?.state ?? null} />
        <span className={styles.name}>{name}</span>
        <span className={styles.place}>{channel?.place.name}</span>
      </div>
      {facts && (
        <div className={`${styles.bottom} tabular`}>
          <span title={t('live.transportHint')}>{t('live.transport.mse')}</span>
          <span>{codecName(facts.mime)}</span>
          <span>
            {facts.width}×{facts.height}
          </span>
          {facts.stream === 'sub' && (
            <span title={t(why === 'codec' ? 'live.subBecauseCodec' : 'live.subBecauseSmall')} data-testid="sub">
              {t('live.sub')}
            </span>
          )}
          {why === 'failed' && <span className={styles.late}>{t('live.subFailed')}</span>}
          {sounding !== 'off' && <span className={styles.sounding}>{t(`sound.state.${sounding}`)}</span>}
          {state.kind === 'playing' && <Delay tile={tile} />}
        </div>
      )}
    </>
  );
}

function recordingOf(state: Channel['state']): 'yes' | 'standby' | 'no' {
  if (state === 'recording') return 'yes';
  return state === 'standby' ? 'standby' : 'no';
}

/** Whether the channel is being recorded. While the server cannot be asked, nobody knows. */
function Recording({ state }: { state: Channel['state'] | null }) {
  const { t } = useTranslation();
  const lost = useConnection((connection) => connection.lost);
  const known = state === null || lost ? 'unknown' : recordingOf(state);
  return (
    <span
      className={RECORDING_STYLES[known]}
      title={t(`live.recHint.${known}`)}
      data-testid="rec"
      data-recording={known}
    >
      {t(`live.rec.${known}`)}
    </span>
  );
}

/** Recorded time is slewed and may be ahead of the clock by a moment; nothing is shown before it happened. */
export const secondsBehind = (delayMs: number): string => (Math.max(0, delayMs) / 1000).toFixed(2);

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
      {t('live.delay', { seconds: secondsBehind(delayMs) })}
    </span>
  );
}
