import { type RefObject, useEffect, useRef, useState } from 'react';
import { type FrameFacts, LivePlayer, type StreamFacts } from '@/components/player/LivePlayer';
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
  suspended: boolean;
  onViewGone: () => void;
}

export interface Playing {
  state: LiveState;
  stream: StreamFacts | null;
}

const IDLE: LiveState = { kind: 'idle' };

/** A player on a borrowed video element for as long as the tile exists. Frame facts go to the element, not through React. */
export function useLivePlayer({ tile, screen, channelId, address, suspended, onViewGone }: Wanted): Playing {
  const [state, setState] = useState<LiveState>(IDLE);
  const [stream, setStream] = useState<StreamFacts | null>(null);
  const player = useRef<LivePlayer | null>(null);
  const gone = useRef(onViewGone);
  gone.current = onViewGone;
  const showing = useRef<string | null>(null);

  useEffect(() => {
    const video = borrowVideo();
    screen.current?.append(video);
    const made = new LivePlayer(
      video,
      {
        onState: setState,
        onStream: setStream,
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
    const fresh = showing.current !== channelId;
    if (fresh) eraseFrame(tile.current);
    if (address) {
      player.current?.connect(address, { fresh });
      showing.current = channelId;
    } else if (fresh) {
      player.current?.suspend();
      showing.current = null;
    }
  }, [tile, channelId, address, suspended]);

  return { state: channelId ? state : IDLE, stream };
}

function writeFrame(tile: HTMLElement | null, frame: FrameFacts, rebuilds: number): void {
  if (!tile) return;
  tile.dataset.frames = String(frame.frames);
  tile.dataset.delayMs = frame.delayMs.toFixed(0);
  tile.dataset.frameWallUs = String(frame.wallUs);
  tile.dataset.rebuilds = String(rebuilds);
}

function eraseFrame(tile: HTMLElement | null): void {
  if (!tile) return;
  delete tile.dataset.delayMs;
  delete tile.dataset.frameWallUs;
}
