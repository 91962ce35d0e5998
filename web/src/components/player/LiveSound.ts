import type { SoundFacts } from '@/lib/sound';
import { type Decoding, decodingOf } from './soundDecoding';
import { MOST_AHEAD_S, SoundSchedule } from './soundSchedule';
import { Steady } from './steady';

/** `waiting`: nothing is heard yet; `unsupported`: this browser cannot decode it. */
export type SoundState = 'off' | 'waiting' | 'on' | 'unsupported';

export interface SoundListener {
  onState: (state: SoundState) => void;
  /** A piece was laid: so much later than its picture will it be heard, milliseconds. */
  onPiece: (offMs: number) => void;
}

const MOST_WAITING = 256;
/** A sound card that has just been opened does not know its own delay yet. */
const WARMING_S = 0.3;

/**
 * Decoded pieces of sound on the way to the loudspeaker, each with its picture. Made by a press of a button: a browser
 * gives no sound before one.
 */
export class LiveSound {
  readonly #context: AudioContext;
  readonly #decoding: Decoding | null;
  #schedule = new SoundSchedule();
  /** From `performance.now()` to the clock of the sound card, milliseconds. */
  readonly #cardMs = new Steady(0.05, 100);
  readonly #playing = new Set<AudioBufferSourceNode>();
  #state: SoundState = 'waiting';
  #closed = false;

  /** `shownMs` tells when a picture is shown (`performance.now()`), null as long as there is none. */
  constructor(
    readonly facts: SoundFacts,
    private readonly shownMs: (wallUs: number) => number | null,
    private readonly listener: SoundListener,
  ) {
    // At the rate of the sound, pieces that follow each other need no resampling and join without a click.
    this.#context = new AudioContext({ sampleRate: facts.rate, latencyHint: 'interactive' });
    this.#decoding = decodingOf(facts, {
      onSamples: (wallUs, samples, rate) => this.#lay(wallUs, samples, rate),
      onFault: () => this.#say('unsupported'),
    });
    void this.#context.resume();
    listener.onState('waiting');
    if (!this.#decoding) this.#say('unsupported');
  }

  take(wallUs: number, piece: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== 'unsupported') this.#decoding?.decode(wallUs, piece);
  }

  /** The picture stands or leaps: what is laid for it is not heard. */
  hush(): void {
    if (this.#playing.size === 0) return;
    for (const source of this.#playing) source.disconnect();
    this.#playing.clear();
    this.#schedule = new SoundSchedule();
  }

  close(): void {
    this.#closed = true;
    this.#decoding?.close();
    this.hush();
    void this.#context.close();
  }

  #lay(wallUs: number, samples: readonly Float32Array<ArrayBuffer>[], rate: number): void {
    const shownMs = this.shownMs(wallUs);
    const count = samples[0]?.length ?? 0;
    if (this.#closed || shownMs === null || count === 0 || this.#playing.size > MOST_WAITING) return;
    if (this.#context.currentTime < WARMING_S) return;
    const cardMs = this.#cardMs.add(this.#measure());
    const withPictureS = (shownMs + cardMs) / 1000;
    const lengthS = count / rate;
    const placed = this.#schedule.place(withPictureS, lengthS, this.#context.currentTime);
    if (!placed || placed.atS > this.#context.currentTime + MOST_AHEAD_S) return;
    this.#play(samples, rate, placed.atS, placed.rate);
    this.#say('on');
    this.listener.onPiece(this.#schedule.offS * 1000);
  }

  #play(samples: readonly Float32Array<ArrayBuffer>[], rate: number, atS: number, speed: number): void {
    const buffer = this.#context.createBuffer(samples.length, samples[0]?.length ?? 0, rate);
    samples.forEach((channel, index) => {
      buffer.copyToChannel(channel, index);
    });
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = speed;
    source.connect(this.#context.destination);
    source.onended = () => {
      source.disconnect();
      this.#playing.delete(source);
    };
    this.#playing.add(source);
    source.start(atS);
  }

  /** Which time of the sound card is heard now, less `performance.now()`. */
  #measure(): number {
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    if (performanceTime > 0 && contextTime > 0) return contextTime * 1000 - performanceTime;
    return (this.#context.currentTime - (this.#context.outputLatency || 0)) * 1000 - performance.now();
  }

  #say(state: SoundState): void {
    if (state === this.#state || this.#closed) return;
    this.#state = state;
    this.listener.onState(state);
  }
}
