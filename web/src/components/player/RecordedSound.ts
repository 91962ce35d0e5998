import { backoffMs } from '@/lib/backoff';
import type { SoundFacts, SoundWindow, WantedSound } from '@/lib/sound';
import { LiveSound, type SoundState } from './LiveSound';
import { SoundQueue } from './soundQueue';

/** `none`: nothing was recorded beside this picture; `speed`: it is heard at its own speed alone. */
export type RecordedSoundState = SoundState | 'none' | 'speed';

export type ReadSound = (span: WantedSound, signal: AbortSignal) => Promise<SoundWindow>;

interface RecordedSoundListener {
  onState: (state: RecordedSoundState) => void;
  /** A piece was laid: so much later than its picture will it be heard, milliseconds. */
  onPiece: (offMs: number) => void;
}

const AGAIN_MS = 2000;

/** The sound beside recorded pictures: read ahead of them, laid by the time at which they are shown. */
export class RecordedSound {
  readonly #queue = new SoundQueue();
  #read: ReadSound | null = null;
  #reading: AbortController | null = null;
  #sound: LiveSound | null = null;
  #state: RecordedSoundState = 'waiting';
  #notBeforeMs = 0;
  #attempt = 0;

  /** `shownMs` tells when a picture is shown (`performance.now()`), null as long as none moves. */
  constructor(
    private readonly shownMs: (wallUs: number) => number | null,
    private readonly listener: RecordedSoundListener,
  ) {
    listener.onState('waiting');
  }

  use(read: ReadSound): void {
    this.#read = read;
    this.#notBeforeMs = 0;
  }

  /** The picture goes on at another moment. */
  begin(wallUs: number, epoch: number | null): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#notBeforeMs = 0;
    this.#queue.begin(wallUs, epoch);
    this.#sound?.hush();
  }

  /** Called a few times a second: where the picture is that moves, null where it stands. */
  tick(positionUs: number | null): void {
    if (positionUs === null) {
      this.#sound?.hush();
      return;
    }
    for (const { wallUs, data, facts } of this.#queue.due(positionUs)) this.#soundOf(facts)?.take(wallUs, data);
    const wanted = this.#queue.wanted(positionUs);
    if (wanted && this.#read && !this.#reading && performance.now() >= this.#notBeforeMs)
      void this.#ask(this.#read, wanted);
  }

  say(state: RecordedSoundState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.listener.onState(state);
  }

  close(): void {
    this.#reading?.abort();
    this.#sound?.close();
    this.#sound = null;
    this.listener.onState('off');
  }

  async #ask(read: ReadSound, wanted: WantedSound): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const window = await read(wanted, reading.signal);
      if (reading.signal.aborted) return;
      this.#attempt = 0;
      if (!this.#queue.take(wanted, window)) this.#notBeforeMs = performance.now() + AGAIN_MS;
      if (!window.facts) this.say('none');
    } catch {
      // Sound never costs the picture, which says by itself what is wrong with the way to the server.
      if (reading.signal.aborted) return;
      this.#notBeforeMs = performance.now() + backoffMs(this.#attempt, 0.5);
      this.#attempt += 1;
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  #soundOf(facts: SoundFacts): LiveSound | null {
    if (this.#sound && JSON.stringify(this.#sound.facts) === JSON.stringify(facts)) return this.#sound;
    this.#sound?.close();
    this.#sound = null;
    try {
      this.#sound = new LiveSound(facts, this.shownMs, {
        onState: (state) => this.say(state),
        onPiece: (offMs) => {
          // It may have been silent in between, for want of sound or for its speed.
          this.say('on');
          this.listener.onPiece(offMs);
        },
      });
    } catch {
      // A rate or a configuration that this browser does not take.
      this.say('unsupported');
    }
    return this.#sound;
  }
}
