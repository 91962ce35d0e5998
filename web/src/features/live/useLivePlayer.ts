import { type RefObject, useEffect, useRef, useState } from 'react';
import { type FrameFacts, LivePlayer, type StreamFacts, type StreamName } from '@/components/player/LivePlayer';
import type { SoundState } from '@/components/player/LiveSound';
import type { LiveState } from '@/components/player/liveState';
import { borrowVideo, returnVideo } from '@/components/player/videoPool';
import { serverNowUs } from '@/lib/clock';
import { sessionIsOver } from '@/lib/server';

interface Wanted {
  /** Element that carries the data attributes of the tile. */
  tile: RefObject<HTMLElement | null>;
  /** Element that the video goes into. */
  screen: RefObject<HTMLElement | null>;
  channelId: string | null;
  /** WebSocket address, or null while no view covers the channel. */
  address: string | null;
  stream: StreamName;
  sound: boolean;
  suspended: boolean;
  onViewGone: () => void;
}

export interface Playing {
  state: LiveState;
  /** What is on the screen; null until something is. */
  facts: StreamFacts | null;
  sounding: SoundState;
}

const IDLE: LiveState = { kind: 'idle' };

/** A player on a borrowed video element for as long as the tile exists. Frame facts go to the element, not through React. */
export function useLivePlayer(wanted: Wanted): Playing {
  const { tile, screen, channelId, address, stream, sound, suspended, onViewGone } = wanted;
  const [state, setState] = useState<LiveState>(IDLE);
  const [facts, setFacts] = useState<StreamFacts | null>(null);
  const [sounding, setSounding] = useState<SoundState>('off');
  const player = useRef<LivePlayer | null>(null);
  const gone = useRef(onViewGone);
  gone.current = onViewGone;
  const showing = useRef<{ channelId: string; stream: StreamName } | null>(null);

  useEffect(() => {
    const video = borrowVideo();
    screen.current?.append(video);
    const made: LivePlayer = new LivePlayer(
      video,
      {
        onState: setState,
        onStream: setFacts,
        onSound: setSounding,
        onHeard: (offMs) => tile.current && writeHeard(tile.current, offMs),
        onFrame: (frame) => writeFrame(tile.current, frame, made.rebuilds),
        onViewGone: () => gone.current(),
        onSessionOver: sessionIsOver,
      },
      { nowUs: serverNowUs, random: Math.random },
    );
    player.current = made;
    return () => {
      player.current = null;
      showing.current = null;
      made.dispose();
      returnVideo(video);
    };
  }, [tile, screen]);

  useEffect(() => {
    if (suspended || !channelId) {
      player.current?.suspend();
      showing.current = null;
      return;
    }
    const fresh = showing.current?.channelId !== channelId;
    const anew = !fresh && showing.current?.stream !== stream;
    if (fresh) eraseFrame(tile.current);
    if (address) {
      player.current?.connect(address, { fresh, anew, sound });
      showing.current = { channelId, stream };
    } else if (fresh) {
      player.current?.suspend();
      showing.current = null;
    }
  }, [tile, channelId, address, stream, sound, suspended]);

  return { state: channelId ? state : IDLE, facts, sounding };
}

function writeFrame(tile: HTMLElement | null, frame: FrameFacts, rebuilds: number): void {
  if (!tile) return;
  tile.dataset.frames = String(frame.frames);
  tile.dataset.delayMs = frame.delayMs.toFixed(0);
  tile.dataset.frameWallUs = String(frame.wallUs);
  tile.dataset.rebuilds = String(rebuilds);
}

function writeHeard(tile: HTMLElement, offMs: number): void {
  tile.dataset.heard = String(Number(tile.dataset.heard ?? 0) + 1);
  tile.dataset.soundOffMs = offMs.toFixed(0);
}

function eraseFrame(tile: HTMLElement | null): void {
  if (!tile) return;
  delete tile.dataset.delayMs;
  delete tile.dataset.frameWallUs;
}
