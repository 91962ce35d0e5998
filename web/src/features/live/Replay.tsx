import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { PlaybackPlayer } from '@/components/player/PlaybackPlayer';
import { borrowVideo, returnVideo } from '@/components/player/videoPool';
import { Watermark } from '@/components/Watermark';
import { serverNowUs } from '@/lib/clock';
import { closeView, openView, readMedia, readSound } from '@/lib/server';
import { clockOf } from '@/lib/time';
import styles from './Replay.module.css';

const BACK_US = 30_000_000;

interface ReplayProps {
  channelId: string;
  name: string;
  onLive: () => void;
}

/** The last half minute in the tile: a view of its own, with its reason on record. It says that it is not live. */
export function Replay({ channelId, name, onLive }: ReplayProps) {
  const { t } = useTranslation();
  const screen = useRef<HTMLDivElement>(null);
  const [pictureUs, setPictureUs] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const live = useRef(onLive);
  live.current = onLive;
  const reason = t('live.replay.reason');
  useEffect(() => {
    const video = borrowVideo();
    screen.current?.append(video);
    const beganUs = serverNowUs();
    let viewId: string | null = null;
    let left = false;
    let renewedMs = 0;
    const player = new PlaybackPlayer(video, {
      onState: (state) => {
        // What is newest was shown: from here on it is live.
        if (state.kind === 'edge') live.current();
        if (state.kind === 'failed') setError(state.error);
      },
      onFrame: (us) => {
        if (us > beganUs) live.current();
        else if (performance.now() - renewedMs > 250) {
          renewedMs = performance.now();
          setPictureUs(us);
        }
      },
      onSkip: () => {},
      onTurn: () => {},
      onSound: () => {},
      onHeard: () => {},
      onViewGone: () => live.current(),
    });
    openView('playback', [channelId], reason).then(
      (view) => {
        if (left) return closeView(view.id);
        viewId = view.id;
        player.use(
          (span, signal) => readMedia(view.id, channelId, span, signal),
          (span, signal) => readSound(view.id, channelId, span, signal),
        );
        player.seek(beganUs - BACK_US);
        player.play();
      },
      (failure: unknown) => setError(failure),
    );
    const leave = () => {
      if (viewId && !left) closeView(viewId);
      left = true;
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
      player.dispose();
      returnVideo(video);
    };
  }, [channelId, reason]);
  return (
    <div className={styles.replay} data-testid="replay-screen" data-wall-us={pictureUs ?? ''}>
      <div ref={screen} className={styles.screen} />
      <Watermark over="playback" />
      <p className={`${styles.label} tabular`} role="status">
        {t('live.replay.label', { name })} {pictureUs !== null && clockOf(pictureUs)}
        <button type="button" onClick={onLive} data-testid="back-to-live">
          {t('live.replay.back')}
        </button>
      </p>
      <ProblemNote error={error} />
    </div>
  );
}
