/** Keeping a player at the moment that a clock says: pure, seconds of media. */

/** So near nothing is corrected. */
const NEAR_S = 0.004;
/** Further away than this, as seen on the screen, it leaps. */
export const LEAP_S = 0.8;
/** An error is worked off in about this long. */
const WORK_OFF_S = 0.5;
const MOST = 0.25;
/** Browsers refuse to play faster. */
const FASTEST = 16;

/** The rate for a player that is `behindS` behind its clock, which runs at `speed`. */
export function steer(behindS: number, speed: number): number {
  if (Math.abs(behindS) < NEAR_S) return speed;
  const wanted = behindS / WORK_OFF_S / speed;
  const rate = speed * (1 + Math.max(-MOST, Math.min(MOST, wanted)));
  return Math.min(FASTEST, rate);
}

/** Whether it is too far off to be worked off. */
export const mustLeap = (behindS: number, speed: number): boolean => Math.abs(behindS) > LEAP_S * Math.max(1, speed);
