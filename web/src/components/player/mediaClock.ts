/** Which wall time a frame of the player's own timeline was taken at. */

interface Mark {
  mediaS: number;
  wallUs: number;
}

const KEPT = 2048;

export class MediaClock {
  #marks: Mark[] = [];

  /** Marks come with rising media time; one that does not starts the list anew from there. */
  add(mediaS: number, wallUs: number): void {
    while ((this.#marks.at(-1)?.mediaS ?? Number.NEGATIVE_INFINITY) >= mediaS) this.#marks.pop();
    this.#marks.push({ mediaS, wallUs });
    if (this.#marks.length > KEPT) this.#marks = this.#marks.slice(-KEPT / 2);
  }

  /** Wall time of the frame nearest to `mediaS`; null before the first mark. */
  wallOf(mediaS: number): number | null {
    const marks = this.#marks;
    let low = 0;
    let high = marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((marks[middle]?.mediaS ?? 0) <= mediaS) low = middle;
      else high = middle - 1;
    }
    const below = marks[low];
    const above = marks[low + 1];
    if (!below) return null;
    return above && above.mediaS - mediaS < mediaS - below.mediaS ? above.wallUs : below.wallUs;
  }
}
