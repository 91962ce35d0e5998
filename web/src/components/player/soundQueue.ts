/** Recorded sound on its way to the loudspeaker: what to ask for next, and which pieces are due. Pure; wall time. */
import type { SoundFacts, SoundPiece, SoundWindow, WantedSound } from '@/lib/sound';

export interface Due extends SoundPiece {
  facts: SoundFacts;
}

export const WINDOW_US = 20_000_000;
const KEEP_AHEAD_US = 10_000_000;
/** Sound is stored with pictures that are up to this much older than it. */
export const LEAD_US = 2_000_000;
/** So long before it is heard a piece goes to the decoder. */
export const HAND_OVER_US = 600_000;
/** A piece is cut by the scheduler when it is late, and left out here when it is much too late. */
export const LATE_US = 300_000;

export class SoundQueue {
  #epoch: number | null = null;
  #nextUs: number | null = null;
  #pieces: Due[] = [];

  /** The picture goes on at this moment: what is at hand is of another one. */
  begin(wallUs: number, epoch: number | null): void {
    this.#epoch = epoch;
    this.#nextUs = wallUs - LEAD_US;
    this.#pieces = [];
  }

  /** What to ask for while the picture is at `positionUs`; null for nothing yet. */
  wanted(positionUs: number): WantedSound | null {
    if (this.#nextUs === null || this.#nextUs > positionUs + KEEP_AHEAD_US) return null;
    return { fromUs: this.#nextUs, toUs: this.#nextUs + WINDOW_US, epoch: this.#epoch };
  }

  /** Take the answer. False when there is nothing later yet: the same question again in a moment. */
  take(asked: WantedSound, window: SoundWindow): boolean {
    const { facts } = window;
    this.#epoch ??= window.epoch;
    if (facts) this.#pieces.push(...window.pieces.map((piece) => ({ ...piece, facts })));
    if (window.nextUs === null) {
      const last = window.pieces.at(-1);
      // What is behind the last piece begins with another fragment.
      if (last) this.#nextUs = Math.max(asked.fromUs, last.wallUs + 1);
      return false;
    }
    const elsewhere = window.nextEpoch !== null && this.#epoch !== null && window.nextEpoch !== this.#epoch;
    // Another run of the clock begins when the picture of this one has come to its end, and is told then.
    this.#nextUs = elsewhere ? null : Math.max(window.nextUs, asked.fromUs + 1);
    return true;
  }

  /** The pieces to hand over now, in order; each is given once. */
  due(positionUs: number): Due[] {
    const until = this.#pieces.findIndex((piece) => piece.wallUs > positionUs + HAND_OVER_US);
    const gone = this.#pieces.splice(0, until < 0 ? this.#pieces.length : until);
    return gone.filter((piece) => piece.wallUs >= positionUs - LATE_US);
  }
}
