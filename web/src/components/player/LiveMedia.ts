import { decodeTimeOf, sameBytes } from './boxes';
import { LANDING_S, pursue, rangesOf, trimPoint } from './chase';
import { Continuity } from './continuity';
import type { Feeder } from './feeder';
import { MediaClock } from './mediaClock';
import { MediaSession } from './mediaSession';
import type { LiveMessage } from './messages';

const KEEP_BEHIND_S = 10;
/** The burst at joining is over when its newest frame is this young, or when nothing came for a moment. */
const YOUNG_US = 300_000;
const BURST_PAUSE_MS = 80;
const LATE_BURST_MS = 1_000;
const LONGEST_REPEAT_US = 60_000_000;

export interface MediaListener {
  /** `shownMs`: when it is on the screen, as `performance.now()` counts. */
  onFrame: (wallUs: number, presented: number, shownMs: number) => void;
  onBroken: () => void;
}

/** Live chunks on a video element: appended in order, played as near to their newest as the chase allows. */
export class LiveMedia {
  readonly #session: MediaSession;
  readonly #clock = new MediaClock();
  readonly #continuity = new Continuity();
  #feeder: Feeder | null = null;
  #waiting: (() => void)[] = [];
  #init: Uint8Array | null = null;
  #keyTimes: number[] = [];
  #lastWallUs = 0;
  /** After a new socket: what is not younger than this is on the timeline already. */
  #heldUs: number | null = null;
  #lastKeyWallUs = 0;
  #keyIntervalMs = 0;
  #joining = true;
  #joinedAtMs = performance.now();
  #pause = 0;
  #frameRequest = 0;
  #presented = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private mime: string,
    private readonly listener: MediaListener,
    private readonly nowUs: () => number,
  ) {
    this.#session = new MediaSession(video, mime, {
      onReady: (feeder) => this.#ready(feeder),
      onIdle: () => this.#settle(),
      onFault: () => listener.onBroken(),
    });
    this.#awaitFrame();
  }

  get keyIntervalMs(): number {
    return this.#keyIntervalMs;
  }

  /**
   * A new socket. It continues the same pictures: what it repeats is skipped; or `anew` those of another stream, from
   * their last key frame on. Either way the edge is looked for again.
   */
  rejoin({ anew }: { anew: boolean }): void {
    this.#joining = true;
    this.#joinedAtMs = performance.now();
    this.#heldUs = anew ? null : this.#lastWallUs;
  }

  announce(mime: string): void {
    if (mime === this.mime) return;
    this.mime = mime;
    this.#init = null;
    this.#feed((feeder) => feeder.changeType(mime));
  }

  take(message: LiveMessage): void {
    if (message.kind === 'init') this.#takeInit(message.body);
    else if (!this.#isHeld(message.wallUs)) this.#takeChunk(message, message.kind === 'key');
  }

  #isHeld(wallUs: number): boolean {
    if (this.#heldUs === null) return false;
    // Much older than what is held is no repetition: the clock of the server was set back.
    const held = wallUs <= this.#heldUs && this.#heldUs - wallUs < LONGEST_REPEAT_US;
    if (!held) this.#heldUs = null;
    return held;
  }

  /** Called a few times a second: stay at the edge, forget the past. */
  tick(): void {
    if (!this.#feeder || this.#joining) return;
    if (this.video.paused) this.#play();
    this.#chase();
    this.#trim();
  }

  close(): void {
    window.clearTimeout(this.#pause);
    this.video.cancelVideoFrameCallback(this.#frameRequest);
    this.video.playbackRate = 1;
    this.#session.close();
    this.#feeder = null;
    this.#waiting = [];
  }

  #ready(feeder: Feeder): void {
    this.#feeder = feeder;
    for (const job of this.#waiting.splice(0)) job();
  }

  #feed(job: (feeder: Feeder) => void): void {
    if (this.#feeder) job(this.#feeder);
    else this.#waiting.push(() => this.#feeder && job(this.#feeder));
  }

  #takeInit(bytes: Uint8Array<ArrayBuffer>): void {
    // The same init again would make the buffer wait for the next key frame.
    if (this.#init && sameBytes(this.#init, bytes)) return;
    this.#init = bytes.slice();
    this.#feed((feeder) => feeder.append(bytes));
  }

  #takeChunk({ body, wallUs }: LiveMessage, key: boolean): void {
    const decodeTime = decodeTimeOf(body);
    const placement = decodeTime === null ? null : this.#continuity.place(decodeTime, key);
    if (!placement) return;
    const { mediaS, offsetS } = placement;
    this.#lastWallUs = wallUs;
    this.#clock.add(mediaS, wallUs);
    if (key) this.#noteKey(mediaS, wallUs);
    this.#feed((feeder) => {
      if (offsetS !== null) feeder.setOffset(offsetS);
      feeder.append(body);
    });
    if (this.#joining) this.#awaitBurstEnd();
  }

  #noteKey(mediaS: number, wallUs: number): void {
    if (this.#lastKeyWallUs > 0) this.#keyIntervalMs = (wallUs - this.#lastKeyWallUs) / 1000;
    this.#lastKeyWallUs = wallUs;
    this.#keyTimes = [...this.#keyTimes.filter((time) => time < mediaS), mediaS].slice(-64);
  }

  #awaitBurstEnd(): void {
    window.clearTimeout(this.#pause);
    this.#pause = window.setTimeout(() => this.#start(), BURST_PAUSE_MS);
  }

  #settle(): void {
    const young = this.nowUs() - this.#lastWallUs < YOUNG_US;
    const late = performance.now() - this.#joinedAtMs > LATE_BURST_MS;
    if (this.#joining && (young || late)) this.#start();
  }

  /** Everything since the last key frame is in: begin at its newest picture. */
  #start(): void {
    const newest = rangesOf(this.video.buffered).at(-1);
    if (!this.#joining || !newest) return;
    window.clearTimeout(this.#pause);
    this.#joining = false;
    const edge = Math.max(newest.start, newest.end - LANDING_S);
    if (this.video.currentTime < edge) this.video.currentTime = edge;
    this.#play();
  }

  #play(): void {
    this.video.play().catch(() => {
      // Interrupted by a new source or a pause: the next tick asks again.
    });
  }

  #chase(): void {
    const { video } = this;
    if (video.seeking) return;
    const pursuit = pursue(video.currentTime, rangesOf(video.buffered), video.playbackRate);
    if (pursuit.jumpTo !== null) video.currentTime = pursuit.jumpTo;
    if (video.playbackRate !== pursuit.rate) video.playbackRate = pursuit.rate;
  }

  #trim(): void {
    const { video } = this;
    const first = rangesOf(video.buffered)[0];
    if (!first || !this.#feeder || this.#feeder.buffer.updating) return;
    const point = trimPoint(this.#keyTimes, first.start, video.currentTime, KEEP_BEHIND_S);
    if (point === null) return;
    this.#keyTimes = this.#keyTimes.filter((time) => time >= point);
    this.#feeder.remove(0, point);
  }

  #awaitFrame(): void {
    this.#frameRequest = this.video.requestVideoFrameCallback((_now, frame) => {
      const wallUs = this.#clock.wallOf(frame.mediaTime);
      const fresh = frame.presentedFrames - this.#presented;
      this.#presented = frame.presentedFrames;
      if (wallUs !== null) this.listener.onFrame(wallUs, Math.max(1, fresh), frame.expectedDisplayTime);
      this.#awaitFrame();
    });
  }
}
