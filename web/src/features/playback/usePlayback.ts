import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { PlaybackPlayer, type PlaybackState } from '@/components/player/PlaybackPlayer';
import type { RecordedSoundState } from '@/components/player/RecordedSound';
import { borrowVideo, returnVideo } from '@/components/player/videoPool';
import { readMedia, readSound } from '@/lib/server';
import type { RecordedView } from './useRecordedView';

export interface Playback {
  state: PlaybackState;
  /** Wall time of the picture on the screen, renewed a few times a second; null before the first. */
  pictureUs: number | null;
  /** Run of the server's clock that the picture is from. */
  epoch: number | null;
  playing: boolean;
  speed: number;
  /** Whether sound is wanted, and what became of that. */
  hearing: boolean;
  sounding: RecordedSoundState;
  seek: (us: number, epoch: number | null) => void;
  play: () => void;
  pause: () => void;
  setSpeed: (speed: number) => void;
  hear: (wanted: boolean) => void;
}

interface Wanted {
  screen: RefObject<HTMLElement | null>;
  channelId: string | null;
  view: RecordedView;
  /** Called for every frame with its wall time: for what must not wait for React. */
  onFrame: (us: number, frames: number) => void;
  onSkip: (fromUs: number, toUs: number, epoch: number | null) => void;
  onTurn: (us: number, epoch: number) => void;
  /** Called for every piece of sound, with its distance to the picture. */
  onHeard: (offMs: number) => void;
}

const IDLE: PlaybackState = { kind: 'idle' };
const RENEW_MS = 200;

/** The player of the page: made anew for each channel, going on at the same moment. */
export function usePlayback({ screen, channelId, view, onFrame, onSkip, onTurn, onHeard }: Wanted): Playback {
  const [state, setState] = useState<PlaybackState>(IDLE);
  const [pictureUs, setPictureUs] = useState<number | null>(null);
  const [epoch, setEpoch] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeedShown] = useState(1);
  const [hearing, setHearing] = useState(false);
  const [sounding, setSounding] = useState<RecordedSoundState>('off');
  const player = useRef<PlaybackPlayer | null>(null);
  /** What the next player has to begin with. */
  const wish = useRef<Wish>({ us: null, epoch: null, playing: false, speed: 1, hearing: false });
  const listener = useRef({ onFrame, onSkip, onTurn, onHeard, onViewGone: view.reopen });
  listener.current = { onFrame, onSkip, onTurn, onHeard, onViewGone: view.reopen };

  useEffect(() => {
    if (!channelId) return;
    const video = borrowVideo();
    screen.current?.append(video);
    let renewedMs = 0;
    const made = new PlaybackPlayer(video, {
      onState: setState,
      onSkip: (from, to, run) => listener.current.onSkip(from, to, run),
      onViewGone: () => listener.current.onViewGone(),
      onTurn: (us, run) => listener.current.onTurn(us, run),
      onSound: setSounding,
      onHeard: (offMs) => listener.current.onHeard(offMs),
      onFrame: (us, frames, run) => {
        wish.current.us = us;
        wish.current.epoch = run;
        listener.current.onFrame(us, frames);
        if (performance.now() - renewedMs < RENEW_MS && !video.paused) return;
        renewedMs = performance.now();
        setPictureUs(us);
        setEpoch(run);
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
      setEpoch(null);
    };
  }, [channelId, screen]);

  const { viewId } = view;
  useEffect(() => {
    if (!viewId || !channelId) return;
    player.current?.use(
      (span, signal) => readMedia(viewId, channelId, span, signal),
      (span, signal) => readSound(viewId, channelId, span, signal),
    );
  }, [viewId, channelId]);

  const seek = useCallback((us: number, run: number | null) => {
    wish.current.us = us;
    wish.current.epoch = run;
    player.current?.seek(us, run);
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
  const hear = useCallback((wanted: boolean) => {
    wish.current.hearing = wanted;
    setHearing(wanted);
    player.current?.hear(wanted);
  }, []);
  const play = useCallback(() => setGoing(true), [setGoing]);
  const pause = useCallback(() => setGoing(false), [setGoing]);
  return { state, pictureUs, epoch, playing, speed, hearing, sounding, seek, play, pause, setSpeed, hear };
}

interface Wish {
  us: number | null;
  epoch: number | null;
  playing: boolean;
  speed: number;
  hearing: boolean;
}

function begin(player: PlaybackPlayer, wish: Wish): void {
  player.setSpeed(wish.speed);
  player.hear(wish.hearing);
  if (wish.us !== null) player.seek(wish.us, wish.epoch);
  if (wish.playing) player.play();
}
