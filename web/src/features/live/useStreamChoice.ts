import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Channel } from '@/api';
import type { LiveState } from '@/components/player/liveState';
import { canPlay } from '@/components/player/mediaSource';
import { fullMime } from '@/components/player/windows';
import { chooseStream, isSmall, patienceForSub, type StreamChoice, SUB_AGAIN_MS } from './streamChoice';
import type { Layout } from './wall';

interface Wanted {
  tile: RefObject<HTMLElement | null>;
  channel: Channel | null;
  enlarged: boolean;
  covered: boolean;
  layout: Layout;
  sound: boolean;
}

interface Choosing extends StreamChoice {
  /** What the player says of the stream that was chosen. */
  said: (state: LiveState['kind']) => void;
}

/** Which stream a tile asks for: by its size, by what the browser decodes, and by whether the small one comes. */
export function useStreamChoice({ tile, channel, enlarged, covered, layout, sound }: Wanted): Choosing {
  const small = useSmall(tile, layout, enlarged, covered);
  const [failed, setFailed] = useState<{ id: string | null; decoding: boolean } | null>(null);
  const [undecodable, setUndecodable] = useState<string | null>(null);
  const [state, setState] = useState<LiveState['kind']>('idle');
  const id = channel?.id ?? null;
  const mime = channel?.picture?.mime;
  const choice = chooseStream({
    hasSub: channel?.device.sub_address != null,
    mainPlays: mime ? canPlay(fullMime(mime)) : undecodable === null || undecodable !== id,
    small,
    heard: sound,
    subFailed: failed !== null && failed.id === id,
  });
  // With a camera that is away there is nothing to choose.
  const there = channel?.state === 'recording' || channel?.state === 'standby';
  const patience = choice.stream === 'sub' && there ? patienceForSub(state) : null;
  useEffect(() => {
    if (patience === null) return;
    const timer = window.setTimeout(() => setFailed({ id, decoding: patience === 0 }), patience);
    return () => window.clearTimeout(timer);
  }, [id, patience]);
  useEffect(() => {
    // What cannot be decoded now cannot be decoded in a minute either.
    if (failed === null || failed.decoding) return;
    const timer = window.setTimeout(() => setFailed(null), SUB_AGAIN_MS);
    return () => window.clearTimeout(timer);
  }, [failed]);
  const mainRefused = choice.stream === 'main' && state === 'unsupported';
  useEffect(() => {
    if (mainRefused) setUndecodable(id);
  }, [id, mainRefused]);
  return { ...choice, said: setState };
}

function useSmall(tile: RefObject<HTMLElement | null>, layout: Layout, enlarged: boolean, covered: boolean): boolean {
  const [widthPx, setWidthPx] = useState(0);
  const before = useRef(false);
  useEffect(() => {
    const element = tile.current;
    if (!element) return;
    const measure = () => setWidthPx(Math.round(element.clientWidth * window.devicePixelRatio));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [tile]);
  // One that is covered has no width; it stays what it was.
  if (!covered) before.current = isSmall(layout, enlarged, widthPx, before.current);
  return before.current;
}
