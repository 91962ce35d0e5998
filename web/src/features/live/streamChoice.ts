import type { StreamName } from '@/components/player/LivePlayer';

/** Which of a camera's two streams a tile shows, and why not the recorded one. Pure. */

export interface StreamFacts {
  /** Whether the camera has a small stream at all. */
  hasSub: boolean;
  /** Whether this browser can decode the recorded stream; true until something says otherwise. */
  mainPlays: boolean;
  /** The tile is one of many, and small. */
  small: boolean;
  /** Somebody listens: many small streams have no sound. */
  heard: boolean;
  /** The small stream was tried and did not come, not long ago. */
  subFailed: boolean;
}

export interface StreamChoice {
  stream: StreamName;
  /** `failed`: the small one should be shown and does not come. */
  why: 'small' | 'codec' | 'failed' | null;
}

export function chooseStream({ hasSub, mainPlays, small, heard, subFailed }: StreamFacts): StreamChoice {
  const reason = mainPlays ? (small && !heard ? 'small' : null) : 'codec';
  if (!hasSub || !reason) return { stream: 'main', why: null };
  return subFailed ? { stream: 'main', why: 'failed' } : { stream: 'sub', why: reason };
}

/** From this number of tiles on a wall is one of small pictures. */
const MANY_TILES = 9;
/** Widths in pixels of the screen. Between the two a tile stays what it is: a window being sized must not flutter. */
const SMALL_BELOW = 720;
const LARGE_ABOVE = 800;

export function isSmall(tiles: number, enlarged: boolean, widthPx: number, before: boolean): boolean {
  if (enlarged || tiles < MANY_TILES) return false;
  return widthPx < (before ? LARGE_ABOVE : SMALL_BELOW);
}

/** How long the small stream may take before the recorded one is shown instead; null: it has not failed. */
export function patienceForSub(state: string): number | null {
  if (state === 'playing' || state === 'paused' || state === 'idle') return null;
  if (state === 'unsupported') return 0;
  return state === 'offline' ? 4_000 : 12_000;
}

export const SUB_AGAIN_MS = 60_000;
