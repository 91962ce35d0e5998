/**
 * Laying chunks end to end on the player's timeline.
 *
 * `tfdt` starts again near zero with each connection to the camera and leaps when the server thins a slow viewer out
 * to key frames. The picture must go on without a hole either way, so a leap is folded away by an offset; wall time
 * is kept beside it by the media clock.
 */

/** A step larger than this is a leap; smaller ones are the jitter of cameras. */
const LEAP_S = 0.5;
const TIMESCALE = 90_000;

export interface Placement {
  /** Time of the chunk on the player's timeline, seconds. */
  mediaS: number;
  /** Set when the offset of the buffer must change before this chunk is appended. */
  offsetS: number | null;
}

export class Continuity {
  #offsetS = 0;
  #lastS: number | null = null;
  #stepS = 0.04;

  /** Where a chunk belongs; null when it cannot be used: a leap is only possible onto a key frame. */
  place(decodeTime: number, key: boolean): Placement | null {
    const ownS = decodeTime / TIMESCALE;
    const mediaS = ownS + this.#offsetS;
    if (this.#lastS === null) return this.#start(ownS, key);
    const step = mediaS - this.#lastS;
    if (step > 0 && step <= LEAP_S) {
      this.#stepS = step;
      this.#lastS = mediaS;
      return { mediaS, offsetS: null };
    }
    if (!key) return null;
    const landed = this.#lastS + this.#stepS;
    this.#offsetS = landed - ownS;
    this.#lastS = landed;
    return { mediaS: landed, offsetS: this.#offsetS };
  }

  #start(ownS: number, key: boolean): Placement | null {
    if (!key) return null;
    this.#lastS = ownS;
    return { mediaS: ownS, offsetS: null };
  }
}
