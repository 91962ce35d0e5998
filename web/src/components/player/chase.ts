/** Staying at the live edge: pure decisions about rate, jumps and what to forget. All values in seconds of media time. */

/** Buffer to aim for; playing faster ends here. */
export const AIM_S = 0.15;
/**
 * Above this, play faster. Between the aim and this nothing changes: without the gap the rate would flutter. With
 * 0.35 the picture was measured to stay 0.25 to 0.35 s behind after a hiccup; the whole way may take 0.3 s.
 */
const CHASE_ABOVE_S = 0.25;
const CHASE_HARD_ABOVE_S = 0.8;
const JUMP_ABOVE_S = 1.5;
/** Where a jump lands, counted from the newest picture. */
export const LANDING_S = 0.1;

export interface Range {
  start: number;
  end: number;
}

export interface Pursuit {
  rate: number;
  /** Position to seek to, or null to play on. */
  jumpTo: number | null;
}

/** What to do at `position` with `ranges` buffered (ascending) while playing at `rate`. */
export function pursue(position: number, ranges: readonly Range[], rate: number): Pursuit {
  const newest = ranges.at(-1);
  if (!newest) return { rate: 1, jumpTo: null };
  const landing = Math.max(newest.start, newest.end - LANDING_S);
  const ahead = newest.end - position;
  // Before the newest range, or so far behind that playing faster would take longer than anybody waits.
  if (ahead > JUMP_ABOVE_S || position < newest.start - 0.001) return { rate: 1, jumpTo: landing };
  return { rate: chasingRate(ahead, rate), jumpTo: null };
}

function chasingRate(ahead: number, rate: number): number {
  if (ahead > CHASE_HARD_ABOVE_S) return 1.1;
  if (ahead > CHASE_ABOVE_S) return Math.max(rate, 1.05);
  return ahead <= AIM_S ? 1 : rate;
}

/**
 * Up to where the past may be removed so that at least `keep` seconds stay behind `position`; null when nothing can go.
 *
 * MSE removes whole groups of pictures: from a point inside a group on it would take everything up to the next key
 * frame, and with a long group that is the picture being shown. So only the time of a known key frame will do.
 */
export function trimPoint(
  keyTimes: readonly number[],
  bufferStart: number,
  position: number,
  keep: number,
): number | null {
  const point = keyTimes.findLast((time) => time <= position - keep);
  return point !== undefined && point > bufferStart + 0.001 ? point : null;
}

export function rangesOf(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, index) => ({
    start: buffered.start(index),
    end: buffered.end(index),
  }));
}
