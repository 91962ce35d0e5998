import type { Feeder } from './feeder';
import { type FeederFault, Feeder as RealFeeder } from './feeder';
import { newMediaSource } from './mediaSource';
import { emptyVideo } from './videoPool';

interface SessionListener {
  onReady: (feeder: Feeder) => void;
  onIdle: () => void;
  onFault: (fault: FeederFault | 'decode') => void;
}

/** One MediaSource with its one SourceBuffer on a video element, from opening to clean end. */
export class MediaSession {
  readonly source: MediaSource;
  readonly #events = new AbortController();
  #feeder: Feeder | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly mime: string,
    private readonly listener: SessionListener,
  ) {
    this.source = newMediaSource(video);
    const { signal } = this.#events;
    const address = URL.createObjectURL(this.source);
    this.source.addEventListener('sourceopen', () => this.#opened(address), { once: true, signal });
    video.addEventListener('error', () => listener.onFault('decode'), { signal });
    video.src = address;
  }

  close(): void {
    this.#events.abort();
    this.#feeder?.close();
    this.#feeder = null;
    emptyVideo(this.video);
  }

  #opened(address: string): void {
    URL.revokeObjectURL(address);
    this.source.duration = Number.POSITIVE_INFINITY;
    this.#feeder = new RealFeeder(this.source.addSourceBuffer(this.mime), this.listener);
    this.listener.onReady(this.#feeder);
  }
}
