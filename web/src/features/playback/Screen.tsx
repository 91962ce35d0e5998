import { CaretRightOutlined, LoadingOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactNode, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import type { PlaybackState } from '@/components/player/PlaybackPlayer';
import { Watermark } from '@/components/Watermark';
import { codecName } from '@/lib/codec';
import { dateTimeOf } from '@/lib/time';
import styles from './Screen.module.css';

interface ScreenProps {
  frame: RefObject<HTMLDivElement | null>;
  clock: RefObject<HTMLTimeElement | null>;
  state: PlaybackState;
  viewError: unknown;
  /** Said in words over the picture: what was skipped, where a click led. */
  note: string | null;
  /** Which pass of a repeated hour the picture is from; null where time ran once. */
  run: string | null;
  /** One of several: its words are short. */
  small: boolean;
  /** Why nothing can be played here, or null when it can. */
  obstacle: ReactNode;
  onStart: () => void;
  /** What stands in for a picture that the browser cannot decode; the words are shown until it is there. */
  still: (words: ReactNode, mime: string) => ReactNode;
}

/** The picture with the wall time it was taken at, and whatever stands in the way of it. */
export function Screen({ frame, clock, state, viewError, note, run, small, obstacle, onStart, still }: ScreenProps) {
  const words = (
    <div className={styles.centre}>
      {obstacle ?? (viewError ? <ProblemNote error={viewError} /> : <Standing state={state} onStart={onStart} />)}
    </div>
  );
  return (
    <div
      className={`${styles.screen} ${small ? styles.small : ''}`}
      data-tone="dark"
      data-testid="screen"
      data-state={state.kind}
    >
      <div ref={frame} className={styles.frame} />
      <Watermark over="playback" />
      <time ref={clock} className={`${styles.clock} tabular`} data-testid="recorded-clock" />
      {run && (
        <span className={styles.run} data-testid="run">
          {run}
        </span>
      )}
      <div className={styles.notes} aria-live="polite">
        {note && (
          <span className={`${styles.note} tabular`} data-testid="note">
            {note}
          </span>
        )}
      </div>
      {state.kind === 'unsupported' && !obstacle && !viewError ? still(words, state.mime) : words}
    </div>
  );
}

function Standing({ state, onStart }: { state: PlaybackState; onStart: () => void }) {
  const { t } = useTranslation();
  switch (state.kind) {
    case 'idle':
      return (
        <Button type="primary" size="large" icon={<CaretRightOutlined />} onClick={onStart} data-testid="start">
          {t('playback.start')}
        </Button>
      );
    case 'loading':
      return (
        <span className={styles.waiting} role="status">
          <LoadingOutlined spin /> {t('playback.loading')}
        </span>
      );
    case 'gap':
      return (
        <span className={styles.waiting} role="status" data-testid="in-gap">
          {state.untilUs === null ? t('wall.nothing') : t('wall.gap', { time: dateTimeOf(state.untilUs) })}
        </span>
      );
    case 'edge':
      return (
        <span className={styles.waiting} role="status">
          {t('playback.edge')}
        </span>
      );
    case 'unsupported':
      return <span className={styles.waiting}>{t('playback.unsupported', { codec: codecName(state.mime) })}</span>;
    case 'failed':
      return <ProblemNote error={state.error} />;
    case 'playing':
    case 'paused':
      return null;
  }
}
