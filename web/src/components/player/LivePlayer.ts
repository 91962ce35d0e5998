import { backoffMs } from '@/lib/backoff';
import type { SoundFacts } from '@/lib/sound';
import { microsOf } from '@/lib/time';
import { LiveMedia } from './LiveMedia';
import { LiveSound, type SoundState } from './LiveSound';
import { type LiveState, liveState, patienceMs, type Retry, type RetryReason, type Source } from './liveState';
import { canPlay } from './mediaSource';
import { parseMessage } from './messages';
import { Steady } from './steady';

export type StreamName = 'main' | 'sub';

export interface StreamFacts {
  transport: 'mse';
  stream: StreamName;
  mime: string;
  width: number;
  height: number;
}

export interface FrameFacts {
  /** Wall time of the presented frame, microseconds. */
  wallUs: number;
  /** From that moment to its presentation, milliseconds on the server's clock. */
  delayMs: number;
  /** Frames presented since the player was made. */
  frames: number;
}

export interface LiveListener {
  onState: (state: LiveState) => void;
  onStream: (stream: StreamFacts | null) => void;
  onFrame: (frame: FrameFacts) => void;
  onSound: (state: SoundState) => void;
  /** How much later than its picture the newest sound is heard, milliseconds. */
  onHeard: (offMs: number) => void;
  /** The view is not known to the server any more; a new one has to be opened. */
  onViewGone: () => void;
  onSessionOver: () => void;
}

interface Surroundings {
  nowUs: () => number;
  random: () => number;
}

type Announcement =
  | ({ type: 'init'; sound: SoundFacts | null } & StreamFacts)
  | { type: 'state'; state: Source['state']; since: string; problem: Source['problem'] };

const TICK_MS = 200;
/** After this long with a picture, the next failure counts as the first again. */
const STEADY_MS = 5000;
/** What a connection is to be: of other pictures than before, of another stream of the same, with sound. */
export interface Wish {
  /** The picture on the screen is of something else: it goes. */
  fresh: boolean;
  /** The pictures come from another stream of the same camera: they do not continue what is on the screen. */
  anew?: boolean;
  sound?: boolean;
}

const CLOSED = { sessionOver: 4401, refused: 4403, viewGone: 4404 } as const;
/** A server that refuses the upgrade itself leaves no close code: so many refusals in a row mean that the view is gone. */
const REFUSALS_TOLERATED = 2;

/** A camera on standby is connected and shows its picture; it is only not recorded. */
const isSending = (state: Source['state']): boolean => state === 'recording' || state === 'standby';

/**
 * One channel on one video element, kept live: socket, retries, and the truth about what is on the screen.
 *
 * It owns no element and no React state. `connect` may be called again for another view of the same channel
 * (the picture stays) or, with `fresh`, for another channel (the picture goes).
 */
export class LivePlayer {
  #address: string | null = null;
  #socket: WebSocket | null = null;
  #media: LiveMedia | null = null;
  #sound: LiveSound | null = null;
  #soundWanted = false;
  /** When a picture of a wall time is shown: `performance.now()` less wall time, microseconds. */
  readonly #lagUs = new Steady(0.1, 150_000);
  #source: Source | null = null;
  #retry: Retry | null = null;
  #retryTimer = 0;
  #attempt = 0;
  #refusals = 0;
  #halted: 'paused' | 'refused' | null = null;
  #unsupportedMime: string | null = null;
  #shown: { wallUs: number; atMs: number } | null = null;
  #openedAtMs = 0;
  #steadySinceMs = 0;
  #lastChunkAtMs = 0;
  #frames = 0;
  #rebuilds = 0;
  #said = '';
  readonly #ticking: number;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: LiveListener,
    private readonly around: Surroundings,
  ) {
    this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
  }

  /** Times that the decoder had to be built anew. */
  get rebuilds(): number {
    return this.#rebuilds;
  }

  connect(address: string, { fresh, anew = false, sound = false }: Wish): void {
    if (fresh) this.#dropPicture();
    this.#soundWanted = sound;
    if (!sound || anew) this.#silence();
    this.#address = address;
    this.#halted = null;
    this.#unsupportedMime = null;
    this.#attempt = 0;
    this.#refusals = 0;
    this.#open(anew);
  }

  /** Stop the stream and free the decoder, because nobody can see it. */
  suspend(): void {
    this.#hang();
    this.#dropPicture();
    this.#halted = 'paused';
    this.#say();
  }

  dispose(): void {
    window.clearInterval(this.#ticking);
    this.#hang();
    this.#dropPicture();
  }

  #open(anew = false): void {
    this.#hang();
    if (!this.#address) return;
    this.#source = null;
    this.#openedAtMs = performance.now();
    this.#lastChunkAtMs = 0;
    this.#steadySinceMs = 0;
    this.#media?.rejoin({ anew });
    const socket = new WebSocket(this.#address);
    socket.binaryType = 'arraybuffer';
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#refusals = 0;
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code, opened);
    this.#socket = socket;
    this.#say();
  }

  #hang(): void {
    window.clearTimeout(this.#retryTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Closing one that is still being opened would be reported as a failure.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  #dropPicture(): void {
    this.#media?.close();
    this.#media = null;
    this.#silence();
    this.#lagUs.forget();
    this.#shown = null;
    this.#retry = null;
    this.#source = null;
    this.listener.onStream(null);
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data === 'string') {
      this.#announced(JSON.parse(data) as Announcement);
      return;
    }
    const message = parseMessage(data);
    if (!message || !this.#media) return;
    if (message.kind === 'sound') {
      this.#sound?.take(message.wallUs, message.body);
      return;
    }
    this.#lastChunkAtMs = performance.now();
    this.#media.take(message);
  }

  #announced(news: Announcement): void {
    if (news.type === 'state') {
      // A camera that comes back gets its full time to show a first picture.
      if (this.#source?.state !== news.state) this.#openedAtMs = performance.now();
      // The way to the server is fine; it is the camera that is waited for.
      if (!isSending(news.state)) this.#retry = null;
      this.#source = { state: news.state, sinceUs: microsOf(news.since), problem: news.problem };
    } else if (news.type === 'init') {
      this.#prepare(news);
      this.#prepareSound(news.sound ?? null);
    }
    this.#say();
  }

  #prepare({ transport, stream, mime, width, height }: StreamFacts): void {
    if (!canPlay(mime)) {
      this.#hang();
      this.#dropPicture();
      this.#unsupportedMime = mime;
      return;
    }
    this.listener.onStream({ transport, stream: stream ?? 'main', mime, width, height });
    if (this.#media) this.#media.announce(mime);
    else {
      const listener = {
        onFrame: (us: number, n: number, shownMs: number) => this.#presented(us, n, shownMs),
        onBroken: () => this.#rebuild(),
      };
      this.#media = new LiveMedia(this.video, mime, listener, this.around.nowUs);
    }
  }

  #prepareSound(facts: SoundFacts | null): void {
    const wanted = this.#soundWanted && this.#media ? facts : null;
    if (this.#sound && wanted && JSON.stringify(this.#sound.facts) === JSON.stringify(wanted)) return;
    this.#silence();
    // The stream may begin to have sound at any time: the next announcement tells.
    if (this.#soundWanted && this.#media) this.listener.onSound('waiting');
    if (!wanted) return;
    const shownMs = (wallUs: number) => (this.#lagUs.value === null ? null : (wallUs + this.#lagUs.value) / 1000);
    try {
      this.#sound = new LiveSound(wanted, shownMs, {
        onState: (state) => this.listener.onSound(state),
        onPiece: (offMs) => this.listener.onHeard(offMs),
      });
    } catch {
      // A rate or a configuration that this browser does not take. Sound never costs the picture.
      this.listener.onSound('unsupported');
    }
  }

  #silence(): void {
    this.#sound?.close();
    this.#sound = null;
    this.listener.onSound('off');
  }

  #presented(wallUs: number, fresh: number, shownMs: number): void {
    const nowMs = performance.now();
    this.#lagUs.add(shownMs * 1000 - wallUs);
    this.#frames += fresh;
    // Only another picture is news: after a seek the same frame may be presented again.
    if (wallUs !== this.#shown?.wallUs) {
      if (this.#steadySinceMs === 0) this.#steadySinceMs = nowMs;
      this.#shown = { wallUs, atMs: nowMs };
      this.#retry = null;
    }
    this.listener.onFrame({ wallUs, delayMs: (this.around.nowUs() - wallUs) / 1000, frames: this.#frames });
    if (this.#said !== 'playing') this.#say();
  }

  #closed(code: number, opened: boolean): void {
    this.#socket = null;
    if (code === CLOSED.sessionOver) this.listener.onSessionOver();
    if (code === CLOSED.refused) this.#refuse();
    else this.#closedForNow(code, opened);
  }

  #refuse(): void {
    this.#dropPicture();
    this.#halted = 'refused';
    this.#say();
  }

  #closedForNow(code: number, opened: boolean): void {
    if (!opened) this.#refusals += 1;
    this.#knockAgain('closed');
    if (code === CLOSED.viewGone || this.#refusals > REFUSALS_TOLERATED) {
      this.#refusals = 0;
      this.listener.onViewGone();
    }
  }

  #knockAgain(reason: RetryReason): void {
    this.#hang();
    const steady = this.#steadySinceMs > 0 && performance.now() - this.#steadySinceMs > STEADY_MS;
    if (steady) this.#attempt = 0;
    this.#retry = { attempt: this.#attempt + 1, reason };
    this.#retryTimer = window.setTimeout(() => this.#open(), backoffMs(this.#attempt, this.around.random()));
    this.#attempt += 1;
    this.#say();
  }

  /** The buffer or the decoder failed: begin anew with a clean one. */
  #rebuild(): void {
    this.#rebuilds += 1;
    this.#media?.close();
    this.#media = null;
    this.#lagUs.forget();
    this.#shown = null;
    this.#knockAgain('decode');
  }

  #tick(): void {
    this.#media?.tick();
    const expected = !this.#source || isSending(this.#source.state);
    // Nothing is presented in a hidden tab, and that is no failure.
    if (this.#socket && expected && !document.hidden) this.#checkPatience();
    this.#say();
  }

  #checkPatience(): void {
    const nowMs = performance.now();
    const patience = patienceMs(this.#media?.keyIntervalMs ?? 0);
    const sinceChunk = nowMs - Math.max(this.#openedAtMs, this.#lastChunkAtMs);
    const sincePicture = nowMs - Math.max(this.#openedAtMs, this.#shown?.atMs ?? 0);
    if (sinceChunk > patience) this.#knockAgain('timeout');
    else if (sincePicture > patience && this.#lastChunkAtMs > 0) this.#rebuild();
  }

  #say(): void {
    const facts = {
      halted: this.#halted,
      unsupportedMime: this.#unsupportedMime,
      source: this.#source,
      retry: this.#retry,
      shown: this.#shown,
    };
    const state = liveState(facts, performance.now());
    const said = state.kind === 'playing' ? 'playing' : JSON.stringify(state);
    if (said === this.#said) return;
    this.#said = said;
    this.listener.onState(state);
  }
}
