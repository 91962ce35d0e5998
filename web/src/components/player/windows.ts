/** Which stretch of recorded media to ask for next, and where the player may stand: pure, in wall or media time. */
import type { Range } from './chase';

export const WINDOW_US = 20_000_000;
export const KEEP_AHEAD_S = 40;
const KEEP_BEHIND_S = 60;
/** Holes smaller than this are rounding between fragments, not gaps of the recording. */
const SEAM_S = 0.25;
/** So near to the end of a stretch the last frame is on the screen. */
const END_S = 0.08;
/** A player that has run dry stands at most one frame before the end; the slowest cameras send one a second. */
const DRY_S = 1.1;

export interface Chain {
  /** Wall time where the next window begins, microseconds. */
  nextUs: number;
  /**
   * A seek lands in the middle of a group of pictures: before the first window the server is asked where the
   * group begins.
   */
  located: boolean;
  /** There was nothing later when the server was asked last. */
  caughtUp: boolean;
  /** The run of the server's clock that is played; null until the server said which one it is. */
  epoch: number | null;
  /** Where another run of the clock goes on, once this one has been played to its end. */
  turn: Turn | null;
}

export interface Turn {
  us: number;
  epoch: number;
}

export const startAt = (wallUs: number, epoch: number | null = null): Chain => ({
  nextUs: wallUs,
  located: false,
  caughtUp: false,
  epoch,
  turn: null,
});

interface Answer {
  epoch: number | null;
  nextUs: number | null;
  nextEpoch: number | null;
}

/**
 * The same hour in two runs of the clock has the same wall time: what comes from another run can only begin when
 * the buffer of this one is done with.
 */
function turnOf(chain: Chain, window: Answer): Turn | null {
  const here = window.epoch ?? chain.epoch;
  if (window.nextUs === null || window.nextEpoch === null || here === null) return null;
  return window.nextEpoch === here ? null : { us: window.nextUs, epoch: window.nextEpoch };
}

/** The answer to the question where to begin: the key frame before the moment, or the next recording. */
export function locate(chain: Chain, window: Answer & { fromUs: number | null }): Chain {
  if (window.fromUs !== null) {
    const nextUs = Math.min(window.fromUs, chain.nextUs);
    return { ...chain, located: true, nextUs, epoch: window.epoch ?? chain.epoch };
  }
  const turn = turnOf(chain, window);
  if (turn) return { ...chain, turn };
  if (window.nextUs === null) return { ...chain, caughtUp: true };
  const nextUs = Math.max(window.nextUs, chain.nextUs);
  return { ...chain, located: true, nextUs, epoch: chain.epoch ?? window.nextEpoch };
}

/** The chain after a window of media. */
export function follow(chain: Chain, window: Answer): Chain {
  const turn = turnOf(chain, window);
  if (turn) return { ...chain, turn, caughtUp: false };
  if (window.nextUs === null) return { ...chain, caughtUp: true };
  // A server that sends us nowhere must not make us ask for the same window for ever.
  const forward = window.nextUs > chain.nextUs ? window.nextUs : chain.nextUs + WINDOW_US;
  return { ...chain, nextUs: forward, caughtUp: false };
}

/** Half a frame and more: a fragment that begins a rounding error before the end of the last one must not be missed. */
const OVERLAP_US = 50_000;

/** Where to ask: behind what is held, when the server knew of nothing later. Asking for a fragment twice harms nobody. */
export const askFrom = (chain: Chain, heldUntilUs: number | null): number =>
  chain.caughtUp && heldUntilUs !== null ? Math.max(chain.nextUs, heldUntilUs - OVERLAP_US) : chain.nextUs;

/** Seconds of media after `position`, holes not counted. */
export const secondsAhead = (ranges: readonly Range[], position: number): number =>
  ranges.reduce((sum, range) => sum + Math.max(0, range.end - Math.max(range.start, position)), 0);

export interface Hop {
  to: number;
  /** Seconds without recording that were passed over; 0 for a seam that nobody needs to hear of. */
  skipped: number;
}

/** `dry`: the player wants to go on and has no frame to go on with. */
export type Going = 'standing' | 'playing' | 'dry';

const END_WHILE: Record<Going, number> = { standing: 0, playing: END_S, dry: DRY_S };

/** Where to go when there is nothing (more) to show at `position`; null when playing on is right. */
export function hop(ranges: readonly Range[], position: number, going: Going): Hop | null {
  const here = ranges.find((range) => position >= range.start - 0.001 && position < range.end);
  if (here && here.end - position > END_WHILE[going]) return null;
  const next = ranges.find((range) => range.start > position + 0.001);
  if (!next) return null;
  const hole = next.start - (here ? here.end : position);
  return { to: next.start + 0.001, skipped: hole >= SEAM_S ? hole : 0 };
}

/** Nothing more to show at `position`, here or later. */
export function spent(ranges: readonly Range[], position: number, going: Going): boolean {
  const here = ranges.find((range) => position >= range.start - 0.001 && position < range.end);
  if (here && here.end - position > END_WHILE[going]) return false;
  return !ranges.some((range) => range.start > position + 0.001);
}

/** Up to where the past may go; null when it is not worth the work yet. */
export function forgetUntil(ranges: readonly Range[], position: number): number | null {
  const first = ranges[0];
  return first && first.start < position - 1.5 * KEEP_BEHIND_S ? position - KEEP_BEHIND_S : null;
}

export const contains = (ranges: readonly Range[], position: number): boolean =>
  ranges.some((range) => position >= range.start && position < range.end - END_S);

/** `Mingjian-Mime` names a whole type or only the codec. */
export const fullMime = (mime: string): string => (mime.includes('/') ? mime : `video/mp4; codecs="${mime}"`);
