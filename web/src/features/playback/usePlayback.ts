import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { PlaybackPlayer, type PlaybackState } from '@/components/player/PlaybackPlayer';
import { borrowVideo, returnVideo } from '@/components/player/videoPool';
import { readMedia } from '@/lib/server';
import type { RecordedView } from './useRecordedView';

export interface Playback {
  state: PlaybackState;
  /** Wall time of the picture on the screen, renewed a few times a second; null before the first. */
  pictureUs: number | null;
  playing: boolean;
  speed: number;
  seek: (us: number) => void;
  play: () => void;
  pause: () => void;
  setSpeed: (speed: number) => void;
}

interface Wanted {
  screen: RefObject<HTMLElement | null>;
  channelId: string | null;
  view: RecordedView;
  /** Called for every frame with its wall time: for what must not wait for React. */
  onFrame: (us: number, frames: number) => void;
  onSkip: (fromUs: number, toUs: number) => void;
}

const IDLE: PlaybackState = { kind: 'idle' };
const RENEW_MS = 200;

/** The player of the page: made anew for each channel, going on at the same moment. */
export function usePlayback({ screen, channelId, view, onFrame, onSkip }: Wanted): Playback {
  const [state, setState] = useState<PlaybackState>(IDLE);
  const [pictureUs, setPictureUs] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeedShown] = useState(1);
  const player = useRef<PlaybackPlayer | null>(null);
  /** What the next player has to begin with. */
  const wish = useRef<{ us: number | null; playing: boolean; speed: number }>({ us: null, playing: false, speed: 1 });
  const listener = useRef({ onFrame, onSkip, onViewGone: view.reopen });
  listener.current = { onFrame, onSkip, onViewGone: view.reopen };

  useEffect(() => {
    if (!channelId) return;
    const video = borrowVideo();
    screen.current?.append(video);
    let renewedMs = 0;
    const made = new PlaybackPlayer(video, {
      onState: setState,
      onSkip: (from, to) => listener.current.onSkip(from, to),
      onViewGone: () => listener.current.onViewGone(),
      onFrame: (us, frames) => {
        wish.current.us = us;
        listener.current.onFrame(us, frames);
        if (performance.now() - renewedMs < RENEW_MS && !video.paused) return;
        renewedMs = performance.now();
        setPictureUs(us);
      },
    });
    player.current = made;
    begin(made, wish.current);
    return () => {
      player.current = null;
      made.dispose();
      returnVideo(video);
      setState(IDLE);
      setPictureUs(null);
    };
  }, [channelId, screen]);

  const { viewId } = view;
  useEffect(() => {
    if (viewId && channelId) player.current?.use((span, signal) => readMedia(viewId, channelId, span, signal));
  }, [viewId, channelId]);

  const seek = useCallback((us: number) => {
    wish.current.us = us;
    player.current?.seek(us);
  }, []);
  const setGoing = useCallback((going: boolean) => {
    wish.current.playing = going;
    setPlaying(going);
    if (going) player.current?.play();
    else player.current?.pause();
  }, []);
  const setSpeed = useCallback((next: number) => {
    wish.current.speed = next;
    setSpeedShown(next);
    player.current?.setSpeed(next);
  }, []);
  const play = useCallback(() => setGoing(true), [setGoing]);
  const pause = useCallback(() => setGoing(false), [setGoing]);
  return { state, pictureUs, playing, speed, seek, play, pause, setSpeed };
}

function begin(player: PlaybackPlayer, wish: { us: number | null; playing: boolean; speed: number }): void {
  player.setSpeed(wish.speed);
  if (wish.us !== null) player.seek(wish.us);
  if (wish.playing) player.play();
}
