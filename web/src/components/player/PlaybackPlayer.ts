import { backoffMs } from '@/lib/backoff';
import { ConnectionLost, ServerProblem } from '@/lib/problem';
import type { MediaWindow, WantedMedia } from '@/lib/server';
import { sameBytes, splitInit } from './boxes';
import { rangesOf } from './chase';
import type { Feeder, FeederFault } from './feeder';
import { FrameTimes, shownTimes } from './frameTimes';
import { MediaSession } from './mediaSession';
import { canPlay } from './mediaSource';
import { type ReadSound, RecordedSound, type RecordedSoundState } from './RecordedSound';
import { Steady } from './steady';
import { mustLeap, steer } from './steer';
import {
  askFrom,
  type Chain,
  contains,
  follow,
  forgetUntil,
  fullMime,
  type Going,
  hop,
  KEEP_AHEAD_S,
  locate,
  secondsAhead,
  spent,
  startAt,
  type Turn,
  WINDOW_US,
} from './windows';

/** A clock that several players go by. */
export interface Pace {
  /** The moment that should be on the screen now. */
  readonly wallUs: number;
  readonly running: boolean;
  /** It stands still for those that load, and goes on by itself. */
  readonly waiting: boolean;
}

export type PlaybackState =
  /** In step with others, at a moment of which nothing is recorded. */
  | { kind: 'gap'; untilUs: number | null }
  | { kind: 'idle' | 'loading' | 'playing' | 'paused' | 'edge' }
  | { kind: 'unsupported'; mime: string }
  | { kind: 'failed'; error: unknown; trying: boolean };

export type ReadWindow = (span: WantedMedia, signal: AbortSignal) => Promise<MediaWindow>;

export interface PlaybackListener {
  onState: (state: PlaybackState) => void;
  /** A recorded picture reached the screen: the wall time it was taken at, and in which run of the clock. */
  onFrame: (wallUs: number, frames: number, epoch: number | null) => void;
  /** A stretch without recording was passed over. */
  onSkip: (fromUs: number, toUs: number, epoch: number | null) => void;
  /** What follows was recorded after the server's clock was set. */
  onTurn: (wallUs: number, epoch: number) => void;
  onSound: (state: RecordedSoundState) => void;
  /** How much later than its picture the newest sound is heard, milliseconds. */
  onHeard: (offMs: number) => void;
  onViewGone: () => void;
}

const TICK_MS = 100;
const INSTANT_US = 1;
const ARRIVED_S = 0.25;
/** A seek that is neither under way nor done after this long was forgotten by the browser. */
const FORGOTTEN_MS = 100;
const EDGE_RETRY_MS = 2000;
/** Media time begins this long before the first moment asked for: the key frame before it must fit. */
const BEFORE_US = 3_600_000_000;
const LEAST_BEFORE_US = 600_000_000;
const LONGEST_US = 24 * 3_600_000_000;
const LEAST_AHEAD_S = 8;
/** One of several holds less: there are up to nine. */
const AHEAD_TOGETHER_S = 12;
/** From this speed on key frames alone are played. */
export const KEYS_ABOVE = 2;
const KEY_WINDOW_US = 120_000_000;
const KEY_AHEAD_S = 200;
/** A frame is shown from its moment on: aimed at a little behind, it is that frame and not the one before. */
const INTO_FRAME_S = 0.002;
const MOST_LEAP_S = 2;
/** Holes of this length are rounding and no gap. */
const SEAM_S = 0.25;
/** A clock that is so far from what is loaded was set. */
const ELSEWHERE_US = 30_000_000;

/**
 * Recorded media on a video element. Media time is wall time minus `origin`, so that every frame knows when it was
 * taken; holes in the recording are holes in the buffer and are passed over, said aloud.
 */
export class PlaybackPlayer {
  #read: ReadWindow | null = null;
  #readSound: ReadSound | null = null;
  #sound: RecordedSound | null = null;
  /** When a picture of a wall time is shown: `performance.now()` less wall time, microseconds. */
  readonly #lagUs = new Steady(0.1, 150_000);
  #session: MediaSession | null = null;
  #feeder: Feeder | null = null;
  #mime = '';
  #init: Uint8Array | null = null;
  #originUs = 0;
  #chain: Chain = startAt(0);
  #reading: AbortController | null = null;
  #notBeforeMs = 0;
  #attempt = 0;
  #aheadS = KEEP_AHEAD_S;
  /** The buffer still holds what was there before the last seek: nothing may be concluded from it. */
  #stale = false;
  /** Media time of a seek that has not come to its end. Until then `currentTime` may still tell of the place before. */
  #aimS: number | null = null;
  #aimedMs = 0;
  #playing = false;
  #speed = 1;
  #keys = false;
  #pace: Pace | null = null;
  #leaptMs = 0;
  #leapTakesS = 0.05;
  readonly #frameTimes = new FrameTimes();
  /** Media time of the frame on the screen. */
  #shownS: number | null = null;
  #wantedUs: number | null = null;
  #trouble: PlaybackState | null = null;
  #frames = 0;
  #frameRequest = 0;
  #said = '';
  readonly #events = new AbortController();
  readonly #ticking: number;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: PlaybackListener,
  ) {
    this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
    video.addEventListener('seeked', () => this.#arrived(), { signal: this.#events.signal });
    this.#awaitFrame();
  }

  /** Begin or go on with another view; the pictures at hand stay. */
  use(read: ReadWindow, readSound: ReadSound): void {
    this.#read = read;
    this.#readSound = readSound;
    this.#sound?.use(readSound);
    this.#trouble = null;
    this.#notBeforeMs = 0;
  }

  /** The view is over, and another one is being opened: nothing is asked for until it is there. */
  rest(): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#read = null;
  }

  /** `epoch`: in which run of the server's clock; null where the moment exists only once, or any will do. */
  seek(wallUs: number, epoch: number | null = null): void {
    this.#trouble = null;
    this.#wantedUs = wallUs;
    const mediaS = this.#mediaOf(wallUs);
    const sameRun = epoch === null || epoch === this.#chain.epoch;
    if (this.#session && sameRun && !this.#stale && contains(rangesOf(this.video.buffered), mediaS))
      this.#skipTo(mediaS);
    else this.#begin(wallUs, epoch);
    this.#tick();
  }

  play(): void {
    this.#playing = true;
    this.#tick();
  }

  pause(): void {
    this.#playing = false;
    this.#lagUs.forget();
    this.video.pause();
    this.#say();
  }

  /** Whether the sound is heard that was recorded beside the pictures. */
  hear(wanted: boolean): void {
    if (wanted === (this.#sound !== null)) return;
    this.#sound?.close();
    this.#sound = null;
    if (!wanted) return;
    const shownMs = (wallUs: number) => (this.#lagUs.value === null ? null : (wallUs + this.#lagUs.value) / 1000);
    this.#sound = new RecordedSound(shownMs, { onState: this.listener.onSound, onPiece: this.listener.onHeard });
    if (this.#readSound) this.#sound.use(this.#readSound);
    if (this.#feeder) this.#soundFrom(this.#wallOf(this.#positionS));
  }

  setSpeed(speed: number): void {
    if (speed !== this.#speed) this.#lagUs.forget();
    this.#speed = speed;
    this.video.defaultPlaybackRate = speed;
    this.video.playbackRate = speed;
    if (this.#keys === speed > KEYS_ABOVE) return;
    this.#keys = speed > KEYS_ABOVE;
    // What is held is of the other kind: frames that stand for seconds, or all of them.
    if (this.#wantedUs !== null && this.#feeder) this.#begin(this.#wallOf(this.#positionS), this.#chain.epoch);
  }

  /** Go by a clock from now on, or (null) by oneself. */
  follow(pace: Pace | null): void {
    if (pace === this.#pace) return;
    this.#pace = pace;
    this.#said = '';
    this.video.playbackRate = this.#speed;
    if (!pace) this.#playing = false;
    this.#tick();
  }

  /**
   * The frame after (1) or before (-1) the one on the screen, and stand still. False where the buffer holds none: at
   * the ends of what was recorded.
   */
  step(direction: 1 | -1): boolean {
    this.pause();
    const us = this.beside(direction);
    if (us === null) return false;
    this.#moveTo(this.#mediaOf(us));
    return true;
  }

  /** A moment at which the frame after (1) or before (-1) the one on the screen is shown; null where none is held. */
  beside(direction: 1 | -1): number | null {
    const hereS = this.#aimS ?? this.#shownS ?? this.video.currentTime;
    const thereS = this.#frameTimes.beside(hereS, direction);
    const held = rangesOf(this.video.buffered).find(({ start, end }) => start <= hereS + SEAM_S && end > hereS);
    if (thereS === null || !held || thereS < held.start - SEAM_S || thereS >= held.end) return null;
    return this.#wallOf(thereS + INTO_FRAME_S);
  }

  dispose(): void {
    window.clearInterval(this.#ticking);
    this.#events.abort();
    this.video.cancelVideoFrameCallback(this.#frameRequest);
    this.hear(false);
    this.#end();
    this.video.defaultPlaybackRate = 1;
  }

  #mediaOf(wallUs: number): number {
    return (wallUs - this.#originUs) / 1e6;
  }

  #wallOf(mediaS: number): number {
    return this.#originUs + Math.round(mediaS * 1e6);
  }

  /** To what the buffer holds already. */
  #skipTo(mediaS: number): void {
    this.video.currentTime = mediaS;
    this.#soundFrom(this.#wallOf(mediaS));
  }

  #soundFrom(wallUs: number): void {
    this.#lagUs.forget();
    this.#sound?.begin(wallUs, this.#chain.epoch);
  }

  #begin(wallUs: number, epoch: number | null): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#notBeforeMs = 0;
    this.#chain = startAt(wallUs, epoch);
    this.#soundFrom(wallUs);
    const sinceOrigin = wallUs - this.#originUs;
    if (!this.#feeder || sinceOrigin < LEAST_BEFORE_US || sinceOrigin > LONGEST_US) {
      this.#end();
      this.#originUs = Math.floor((wallUs - BEFORE_US) / 1e6) * 1e6;
      return;
    }
    this.#stale = true;
    this.#frameTimes.clear();
    this.#feeder.clear();
    this.#feeder.remove(0, Number.POSITIVE_INFINITY);
    // Without a new init segment the buffer would not know that a key frame has to come first.
    this.#init = null;
    this.#moveTo(this.#mediaOf(wallUs));
  }

  /** The element is moved when the buffer is clean: Chrome forgets a seek that meets a removal. */
  #moveTo(mediaS: number): void {
    this.#aimS = mediaS;
    this.#aimedMs = performance.now();
    if (!this.#stale) this.video.currentTime = mediaS;
  }

  #cleaned(): void {
    this.#stale = false;
    if (this.#aimS !== null) this.#moveTo(this.#aimS);
  }

  #arrived(): void {
    if (this.#leaptMs > 0) this.#leapTakesS = Math.min(MOST_LEAP_S, (performance.now() - this.#leaptMs) / 1000);
    this.#leaptMs = 0;
    if (this.#aimS !== null && Math.abs(this.video.currentTime - this.#aimS) < ARRIVED_S) this.#aimS = null;
  }

  #insist(): void {
    if (this.#aimS === null || this.video.seeking || performance.now() - this.#aimedMs < FORGOTTEN_MS) return;
    this.#moveTo(this.#aimS);
  }

  get #positionS(): number {
    return this.#aimS ?? this.video.currentTime;
  }

  #end(): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#session?.close();
    this.#session = null;
    this.#feeder = null;
    this.#init = null;
    this.#stale = false;
    this.#aimS = null;
    this.#shownS = null;
    this.#frameTimes.clear();
  }

  #tick(): void {
    this.#step();
    this.#pull();
    this.#forget();
    this.#sound?.tick(this.#movingAt());
    this.#say();
  }

  /** Wall time of a picture that moves at its own speed; null for others, which are seen in silence. */
  #movingAt(): number | null {
    const moves = this.#feeder && !this.#stale && this.#aimS === null && this.#going() === 'playing';
    if (moves && this.#speed !== 1) this.#sound?.say('speed');
    return moves && !this.video.seeking && this.#speed === 1 ? this.#wallOf(this.video.currentTime) : null;
  }

  #step(): void {
    const { video } = this;
    if (this.#pace) {
      this.#keepPace(this.#pace);
      return;
    }
    if (this.#chain.turn && this.#atTheEnd()) this.#turn(this.#chain.turn);
    if (!this.#feeder || this.#stale) return;
    this.#insist();
    const ranges = rangesOf(video.buffered);
    // A seek into a hole never ends by itself: only one that has its picture coming is left alone.
    if (this.#aimS !== null && contains(ranges, this.#aimS)) return;
    const over = hop(ranges, this.#positionS, this.#going());
    if (over) {
      const to = this.#wallOf(over.to);
      if (over.skipped > 0) this.listener.onSkip(to - over.skipped * 1e6, to, this.#chain.epoch);
      this.#moveTo(over.to);
    }
    if (this.#playing && video.paused) this.#start();
  }

  /** With others by one clock: at its moment, or waiting for it in a gap, or on the way. */
  #keepPace(pace: Pace): void {
    const { video } = this;
    const targetUs = pace.wallUs;
    this.#playing = pace.running;
    if (this.#wantedUs === null) return;
    this.#turnWith(targetUs);
    if (this.#isElsewhere(targetUs)) this.#goOnAt(targetUs);
    if (!this.#feeder || this.#stale) return;
    const targetS = this.#mediaOf(targetUs);
    const ranges = rangesOf(video.buffered);
    const held = ranges.find(({ start, end }) => targetS >= start - 0.001 && targetS < end);
    if (!held) {
      const seam = ranges.some(({ start }) => start > targetS && start - targetS < SEAM_S);
      if (!seam && !video.paused) video.pause();
      return;
    }
    if (!pace.running) {
      if (!video.paused) video.pause();
      if (pace.waiting) return;
      this.#insist();
      this.#standAt(targetS);
      return;
    }
    this.#runAt(Math.max(targetS, held.start));
  }

  #standAt(targetS: number): void {
    const shown = this.#frameTimes.at(targetS)?.startS ?? targetS;
    const there = this.#aimS ?? (this.video.seeking ? null : this.video.currentTime);
    const same = there !== null && this.#frameTimes.at(there)?.startS === shown;
    if (!same) this.#moveTo(shown + INTO_FRAME_S);
  }

  #runAt(targetS: number): void {
    const { video } = this;
    if (video.seeking) return;
    this.#aimS = null;
    const behindS = targetS - video.currentTime;
    const leaps = mustLeap(behindS, this.#speed);
    if (leaps) {
      // Where the clock will be when the leap is done, by what the last one took.
      this.#leaptMs = performance.now();
      video.currentTime = targetS + this.#leapTakesS * this.#speed;
    }
    if (video.paused) this.#start();
    video.playbackRate = leaps ? this.#speed : steer(behindS, this.#speed);
  }

  #turnWith(targetUs: number): void {
    const { turn } = this.#chain;
    if (turn && targetUs >= turn.us && this.#atTheEnd()) this.#begin(targetUs, turn.epoch);
  }

  /** Whether the clock is where this player has loaded nothing and will not come to by loading on. */
  #isElsewhere(targetUs: number): boolean {
    if (this.#trouble?.kind === 'unsupported' || !this.#chain.located || this.#chain.caughtUp) return false;
    const beginsUs = this.#wantedUs ?? targetUs;
    const first = rangesOf(this.video.buffered)[0];
    const earliestUs = first && this.#feeder && !this.#stale ? Math.min(beginsUs, this.#wallOf(first.start)) : beginsUs;
    return targetUs < earliestUs - 1_000_000 || targetUs > this.#chain.nextUs + ELSEWHERE_US;
  }

  #goOnAt(wallUs: number): void {
    this.#wantedUs = wallUs;
    this.#begin(wallUs, null);
  }

  #holds(wallUs: number): boolean {
    if (!this.#feeder || this.#stale) return false;
    const atS = this.#mediaOf(wallUs);
    return rangesOf(this.video.buffered).some(({ start, end }) => atS >= start - SEAM_S && atS < end);
  }

  /** Nothing is recorded at the moment of the clock; until when, as far as that is known. */
  #gap(): { untilUs: number | null } | null {
    if (!this.#pace || !this.#chain.located) return this.#pace && this.#chain.caughtUp ? { untilUs: null } : null;
    const targetUs = this.#pace.wallUs;
    const targetS = this.#mediaOf(targetUs);
    const ranges = this.#feeder && !this.#stale ? rangesOf(this.video.buffered) : [];
    if (ranges.some(({ start, end }) => targetS >= start - SEAM_S && targetS < end)) return null;
    const next = ranges.find(({ start }) => start > targetS);
    if (next) return { untilUs: this.#wallOf(next.start) };
    if (targetUs < this.#chain.nextUs - SEAM_S * 1e6 && !this.#feeder?.buffer.updating)
      return { untilUs: this.#chain.nextUs };
    return this.#chain.caughtUp ? { untilUs: null } : null;
  }

  /** All of this run of the clock that can be shown has been. */
  #atTheEnd(): boolean {
    if (this.#trouble?.kind === 'unsupported') return false;
    if (!this.#feeder) return this.#session === null;
    return this.#feeder.idle && !this.#stale && spent(rangesOf(this.video.buffered), this.#positionS, this.#going());
  }

  #turn({ us, epoch }: Turn): void {
    this.#wantedUs = us;
    this.#begin(us, epoch);
    this.listener.onTurn(us, epoch);
  }

  #going(): Going {
    if (!this.#playing) return 'standing';
    return this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? 'dry' : 'playing';
  }

  #start(): void {
    this.video.playbackRate = this.#speed;
    this.video.play().catch(() => {
      // Interrupted by a seek or a pause: the next tick asks again if it still should.
    });
  }

  #pull(): void {
    if (!this.#read || this.#wantedUs === null || this.#reading || performance.now() < this.#notBeforeMs) return;
    if (this.#trouble?.kind === 'unsupported' || this.#stale || (this.#session && !this.#feeder)) return;
    if (this.#chain.turn) return;
    const standS = this.#pace ? this.#mediaOf(this.#pace.wallUs) : this.#positionS;
    const ahead = this.#feeder ? secondsAhead(rangesOf(this.video.buffered), standS) : 0;
    if (ahead < this.#wantedAheadS) void this.#readNext(this.#read);
  }

  get #wantedAheadS(): number {
    if (this.#keys) return KEY_AHEAD_S;
    return this.#pace ? Math.min(this.#aheadS, AHEAD_TOGETHER_S) : this.#aheadS;
  }

  async #readNext(read: ReadWindow): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    try {
      if (this.#chain.located) await this.#readWindow(read, reading.signal);
      else await this.#findStart(read, reading.signal);
    } catch (error) {
      if (!reading.signal.aborted) this.#failed(error);
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  /**
   * Ask for the instant alone: the answer says where its group of pictures begins. Its media is not used, because
   * decode times cannot be counted from an origin that lies behind them.
   */
  async #findStart(read: ReadWindow, signal: AbortSignal): Promise<void> {
    const { nextUs, epoch } = this.#chain;
    const wanted = { fromUs: nextUs, toUs: nextUs + INSTANT_US, originUs: nextUs, epoch, keys: this.#keys };
    const window = await read(wanted, signal);
    if (!signal.aborted) this.#advance(locate(this.#chain, window));
  }

  async #readWindow(read: ReadWindow, signal: AbortSignal): Promise<void> {
    const held = rangesOf(this.video.buffered).at(-1);
    const fromUs = askFrom(this.#chain, held ? this.#wallOf(held.end) : null);
    const { epoch } = this.#chain;
    const toUs = fromUs + (this.#keys ? KEY_WINDOW_US : WINDOW_US);
    const window = await read({ fromUs, toUs, originUs: this.#originUs, epoch, keys: this.#keys }, signal);
    if (signal.aborted) return;
    if (window.bytes) this.#append(window.bytes, fullMime(window.mime));
    this.#advance(follow(this.#chain, window));
  }

  #advance(chain: Chain): void {
    this.#trouble = this.#trouble?.kind === 'unsupported' ? this.#trouble : null;
    this.#attempt = 0;
    this.#chain = chain;
    if (chain.caughtUp) this.#notBeforeMs = performance.now() + EDGE_RETRY_MS;
  }

  #append(bytes: Uint8Array<ArrayBuffer>, mime: string): void {
    if (!canPlay(mime)) {
      this.#trouble = { kind: 'unsupported', mime };
      return;
    }
    const { init, media } = splitInit(bytes);
    const known = this.#init !== null && sameBytes(this.#init, init);
    // A repeated init would make the buffer wait for a key frame that a window in the middle need not begin with.
    const wanted = known ? media : bytes;
    this.#init = init.slice();
    this.#frameTimes.add(shownTimes(media));
    if (this.#feeder) this.#feed(this.#feeder, wanted, mime);
    else this.#openSession(mime, (feeder) => this.#feed(feeder, wanted, mime));
  }

  #feed(feeder: Feeder, bytes: Uint8Array<ArrayBuffer>, mime: string): void {
    if (mime !== this.#mime) feeder.changeType(mime);
    this.#mime = mime;
    if (bytes.length > 0) feeder.append(bytes);
  }

  #openSession(mime: string, whenReady: (feeder: Feeder) => void): void {
    this.#session?.close();
    this.#mime = mime;
    const session = new MediaSession(this.video, mime, {
      onReady: (feeder) => {
        if (this.#session !== session) return;
        this.#feeder = feeder;
        if (this.#wantedUs !== null) this.#moveTo(this.#mediaOf(this.#wantedUs));
        whenReady(feeder);
      },
      onIdle: () => {
        if (this.#stale) this.#cleaned();
        this.#tick();
      },
      onFault: (fault) => this.#broken(fault),
    });
    this.#session = session;
  }

  /** Too much for the browser's memory, or bytes that it cannot decode: begin anew where we stand, more modestly. */
  #broken(fault: FeederFault | 'decode'): void {
    const hereUs = this.#feeder ? this.#wallOf(this.#positionS) : (this.#wantedUs ?? 0);
    if (fault === 'quota') this.#aheadS = Math.max(LEAST_AHEAD_S, this.#aheadS / 2);
    this.#end();
    this.#wantedUs = hereUs;
    this.#begin(hereUs, this.#chain.epoch);
    this.#trouble = { kind: 'failed', error: new Error(fault), trying: true };
    this.#notBeforeMs = performance.now() + backoffMs(this.#attempt, 0.5);
    this.#attempt += 1;
  }

  #failed(error: unknown): void {
    const gone = error instanceof ServerProblem && error.status === 404;
    const passing = gone || error instanceof ConnectionLost || (error instanceof ServerProblem && error.status >= 500);
    this.#notBeforeMs = passing ? performance.now() + backoffMs(this.#attempt, 0.5) : Number.POSITIVE_INFINITY;
    this.#attempt += 1;
    this.#trouble = { kind: 'failed', error, trying: passing };
    if (gone) this.listener.onViewGone();
    this.#say();
  }

  #forget(): void {
    if (!this.#feeder || this.#feeder.buffer.updating) return;
    const until = forgetUntil(rangesOf(this.video.buffered), this.#positionS);
    if (until === null) return;
    this.#feeder.remove(0, until);
    this.#frameTimes.forget(until);
  }

  #awaitFrame(): void {
    this.#frameRequest = this.video.requestVideoFrameCallback((_now, frame) => {
      this.#frames += 1;
      this.#shownS = frame.mediaTime;
      if (this.#playing) this.#lagUs.add(frame.expectedDisplayTime * 1000 - this.#wallOf(frame.mediaTime));
      this.listener.onFrame(this.#wallOf(frame.mediaTime), this.#frames, this.#chain.epoch);
      this.#awaitFrame();
    });
  }

  #state(): PlaybackState {
    if (this.#wantedUs === null) return { kind: 'idle' };
    const { video } = this;
    const gap = this.#trouble ? null : this.#gap();
    if (gap) return { kind: 'gap', untilUs: gap.untilUs };
    const ready = this.#feeder !== null && !video.seeking && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    if (this.#pace && this.#holds(this.#pace.wallUs)) return { kind: this.#playing ? 'playing' : 'paused' };
    const moving = ready && (video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || !this.#playing);
    if (moving) return { kind: this.#playing ? 'playing' : 'paused' };
    if (this.#trouble) return this.#trouble;
    // What was read last may not have been decoded yet: that is no edge.
    return { kind: this.#chain.caughtUp && this.#atTheEnd() ? 'edge' : 'loading' };
  }

  #say(): void {
    const state = this.#state();
    const said = `${state.kind}${state.kind === 'failed' ? this.#attempt : state.kind === 'gap' ? state.untilUs : ''}`;
    if (said === this.#said) return;
    this.#said = said;
    this.listener.onState(state);
  }
}
