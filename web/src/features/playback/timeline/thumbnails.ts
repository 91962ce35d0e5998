/** Thumbnails under the pointer: few requests, the last one counts, and no picture of another moment. Knows no React. */

export interface Thumbnail {
  url: string;
  /** When the picture was taken: the key frame before the moment pointed at. */
  atUs: number;
}

export interface ThumbnailSource {
  read: (us: number, epoch: number | null, signal: AbortSignal) => Promise<{ blob: Blob; atUs: number }>;
  /** URLs for blobs, and back. */
  urls: { createObjectURL: (blob: Blob) => string; revokeObjectURL: (url: string) => void };
}

/** A pointer that passes by asks for nothing. */
export const REST_MS = 70;
const MOST_KEPT = 160;
const LEAST_STEP_US = 1_000_000;
const STEP_PX = 4;

/** Moments closer than this share a picture: a few pixels of the timeline, and never less than a second. */
export function stepOf(spanUs: number, width: number): number {
  const wanted = (spanUs / Math.max(1, width)) * STEP_PX;
  // Steps double, so that zooming a little asks for the same moments again.
  return LEAST_STEP_US * 2 ** Math.max(0, Math.ceil(Math.log2(wanted / LEAST_STEP_US)));
}

/** The moment to ask for: on the grid of steps, but inside the stretch that was pointed at. */
export const snap = (us: number, stepUs: number, startUs: number): number =>
  Math.max(startUs, Math.floor(us / stepUs) * stepUs);

/** One for each view: what it holds is gone with it. */
export class Thumbnails {
  readonly #kept = new Map<string, Thumbnail>();
  #wanted = '';
  #timer = 0;
  #reading: AbortController | null = null;
  #show: (picture: Thumbnail | null) => void = () => {};

  constructor(private readonly source: ThumbnailSource) {}

  /** Tell `show` of the picture under the pointer; returns how to stop, when the pointer is elsewhere. */
  listen(show: (picture: Thumbnail | null) => void): () => void {
    this.#show = show;
    return () => {
      this.#forget();
      this.#show = () => {};
    };
  }

  /** The pointer is at a moment. What was asked for before is given up. */
  point(us: number, epoch: number | null): void {
    const key = `${epoch ?? ''}@${us}`;
    if (key === this.#wanted) return;
    this.#forget();
    this.#wanted = key;
    const kept = this.#kept.get(key);
    this.#show(kept ?? null);
    if (kept !== undefined) return;
    this.#timer = window.setTimeout(() => this.#read(key, us, epoch), REST_MS);
  }

  dispose(): void {
    this.#forget();
    for (const kept of this.#kept.values()) this.source.urls.revokeObjectURL(kept.url);
    this.#kept.clear();
  }

  #forget(): void {
    window.clearTimeout(this.#timer);
    this.#reading?.abort();
    this.#reading = null;
    this.#wanted = '';
  }

  async #read(key: string, us: number, epoch: number | null): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const { blob, atUs } = await this.source.read(us, epoch, reading.signal);
      if (!reading.signal.aborted) this.#keep(key, { url: this.source.urls.createObjectURL(blob), atUs });
    } catch {
      // No picture is shown where there is none to show; the words under it say why. Asked again once pointed at again.
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  #keep(key: string, picture: Thumbnail): void {
    this.#kept.set(key, picture);
    for (const [oldest, kept] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
      this.source.urls.revokeObjectURL(kept.url);
    }
    if (key === this.#wanted) this.#show(picture);
  }
}
