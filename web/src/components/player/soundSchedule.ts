/**
 * When a piece of sound begins, so that it is heard with its picture. Pure; seconds on the clock of the sound card.
 *
 * Pieces are laid end to end. Small differences to the picture are worked off by playing a little faster or slower,
 * larger ones by leaving pieces out or waiting. Sound that comes too late to be heard with its picture is heard later,
 * as little as its coming allows.
 */

export interface SoundPlacement {
  atS: number;
  rate: number;
}

/** A piece must be handed over this long before it begins. */
export const LEAD_S = 0.02;
/** Beyond this from its picture sound is cut or held back. */
export const TOLERANCE_S = 0.08;
/** Nobody waits for sound this far ahead: a clock was set, or the picture stands still. */
export const MOST_AHEAD_S = 2;
/** Sound later than this is left out. */
export const MOST_LATE_S = 1.5;
const IGNORED_S = 0.02;
const MOST_RATE = 0.05;
/** How often it is looked whether sound could be heard earlier, and the room that is left then for the next piece. */
const LOOK_S = 2;
const MARGIN_S = 0.025;

export class SoundSchedule {
  #endS: number | null = null;
  /** How much later than its picture sound is meant to be heard. */
  #lateS = 0;
  #leastMarginS = Number.POSITIVE_INFINITY;
  #lookedS = Number.NEGATIVE_INFINITY;
  #offS = 0;

  /** How much later than its picture the newest piece is heard; negative: earlier. */
  get offS(): number {
    return this.#offS;
  }

  /** Where to put a piece whose picture is shown at `withPictureS`; null when it is left out. */
  place(withPictureS: number, lengthS: number, nowS: number): SoundPlacement | null {
    const earliest = nowS + LEAD_S;
    if (withPictureS > earliest + MOST_AHEAD_S) return null;
    this.#adapt(earliest - withPictureS, nowS);
    if (earliest - withPictureS > MOST_LATE_S) return null;
    const idealS = withPictureS + this.#lateS;
    const placed = this.#placed(idealS, earliest);
    if (!placed) return null;
    this.#endS = placed.atS + lengthS / placed.rate;
    this.#offS = placed.atS - withPictureS;
    return placed;
  }

  #placed(idealS: number, earliest: number): SoundPlacement | null {
    if (this.#endS === null || this.#endS < earliest) return { atS: Math.max(idealS, earliest), rate: 1 };
    const late = this.#endS - idealS;
    if (late > TOLERANCE_S) return null;
    if (late < -TOLERANCE_S) return { atS: idealS, rate: 1 };
    return { atS: this.#endS, rate: 1 + rateFor(late) };
  }

  /** `missing`: how much later than its picture a piece has to be heard because it only comes now. */
  #adapt(missing: number, nowS: number): void {
    this.#leastMarginS = Math.min(this.#leastMarginS, this.#lateS - missing);
    if (missing > this.#lateS && missing <= MOST_LATE_S) {
      this.#lateS = Math.min(MOST_LATE_S, missing + MARGIN_S);
      this.#look(nowS);
    } else if (nowS - this.#lookedS > LOOK_S) {
      this.#lateS = Math.max(0, this.#lateS - Math.max(0, this.#leastMarginS - MARGIN_S));
      this.#look(nowS);
    }
  }

  #look(nowS: number): void {
    this.#lookedS = nowS;
    this.#leastMarginS = Number.POSITIVE_INFINITY;
  }
}

function rateFor(late: number): number {
  if (Math.abs(late) < IGNORED_S) return 0;
  return Math.max(-MOST_RATE, Math.min(MOST_RATE, late));
}
