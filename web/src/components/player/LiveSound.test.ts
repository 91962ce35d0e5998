// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SoundFacts } from '@/lib/sound';
import { LiveSound, type SoundState } from './LiveSound';
import { MOST_AHEAD_S } from './soundSchedule';

class Source {
  static all: Source[] = [];
  buffer: { channels: number; length: number; rate: number; samples: Float32Array[] } | null = null;
  playbackRate = { value: 1 };
  onended: (() => void) | null = null;
  connected = false;
  startedAt = Number.NaN;

  constructor() {
    Source.all.push(this);
  }

  connect(): void {
    this.connected = true;
  }

  disconnect(): void {
    this.connected = false;
  }

  start(atS: number): void {
    this.startedAt = atS;
  }
}

class Card {
  static last: Card;
  currentTime = 10;
  outputLatency = 0.05;
  destination = {};
  closed = false;

  constructor(readonly options: { sampleRate: number }) {
    Card.last = this;
  }

  resume = async () => {};
  close = async () => {
    this.closed = true;
  };
  getOutputTimestamp = () => ({ contextTime: 0, performanceTime: 0 });
  createBufferSource = () => new Source();
  createBuffer = (channels: number, length: number, rate: number) => {
    const samples: Float32Array[] = [];
    return { channels, length, rate, samples, copyToChannel: (one: Float32Array) => samples.push(one) };
  };
}

class Decoder {
  static last: Decoder;
  state = 'unconfigured';
  decodeQueueSize = 0;
  config: unknown = null;

  constructor(readonly events: { output: (data: unknown) => void; error: () => void }) {
    Decoder.last = this;
  }

  configure(config: unknown): void {
    this.state = 'configured';
    this.config = config;
  }

  decode({ timestamp }: { timestamp: number }): void {
    const copyTo = (samples: Float32Array) => samples.fill(0.5);
    const facts = { numberOfChannels: 1, numberOfFrames: 1024, sampleRate: 16_000 };
    this.events.output({ ...facts, timestamp, copyTo, close: () => {} });
  }

  close(): void {
    this.state = 'closed';
  }
}

const ALAW: SoundFacts = { codec: 'alaw', mime: 'alaw', rate: 8000, channels: 1, configuration: '' };
const AAC: SoundFacts = { codec: 'aac', mime: 'mp4a.40.2', rate: 16_000, channels: 1, configuration: '1408' };
const WALL = 1_790_000_000_000_000;

/** The picture of WALL is shown 200 ms from now. */
function made(facts: SoundFacts) {
  const states: SoundState[] = [];
  const listener = { onState: (state: SoundState) => states.push(state), onPiece: vi.fn() };
  const shownMs = (wallUs: number) => 1000 + 200 + (wallUs - WALL) / 1000;
  return { sound: new LiveSound(facts, shownMs, listener), states, listener };
}

beforeEach(() => {
  Source.all = [];
  vi.stubGlobal('AudioContext', Card);
  vi.spyOn(performance, 'now').mockReturnValue(1000);
});

afterEach(() => vi.unstubAllGlobals());

describe('G.711', () => {
  it('is laid where its picture is shown, less what the sound card takes', () => {
    const { sound, states, listener } = made(ALAW);
    sound.take(WALL, Uint8Array.of(0xaa, 0x2a));
    sound.take(WALL + 250, Uint8Array.of(0xd5, 0xd5));
    expect(Card.last.options.sampleRate).toBe(8000);
    expect(Source.all.map(({ startedAt }) => startedAt)).toEqual([
      expect.closeTo(10.15, 6),
      expect.closeTo(10.15025, 6),
    ]);
    expect([...(Source.all[0]?.buffer?.samples[0] ?? [])]).toEqual([0.984375, -0.984375]);
    expect(states).toEqual(['waiting', 'on']);
    expect(listener.onPiece).toHaveBeenLastCalledWith(expect.closeTo(0, 3));
    sound.close();
  });

  it('is let go of when it was heard, and never piles up', () => {
    const { sound } = made(ALAW);
    const piece = new Uint8Array(8).fill(0xd5);
    for (let at = 0; at < 5000; at++) sound.take(WALL + at * 1000, piece);
    const waiting = Source.all.filter(({ connected }) => connected);
    expect(waiting.length).toBeLessThanOrEqual(257);
    expect(Math.max(...waiting.map(({ startedAt }) => startedAt))).toBeLessThan(10 + MOST_AHEAD_S + 0.2);
    for (const one of waiting) one.onended?.();
    expect(Source.all.filter(({ connected }) => connected)).toEqual([]);
    sound.close();
  });

  it('ends at once, with what was laid ahead', () => {
    const { sound } = made(ALAW);
    sound.take(WALL, new Uint8Array(800).fill(0xaa));
    sound.close();
    sound.take(WALL + 100_000, new Uint8Array(800).fill(0xaa));
    expect(Source.all.map(({ connected }) => connected)).toEqual([false]);
    expect(Card.last.closed).toBe(true);
  });
});

describe('AAC', () => {
  it('is decoded with its configuration, each unit for its moment', () => {
    vi.stubGlobal('AudioDecoder', Decoder);
    vi.stubGlobal(
      'EncodedAudioChunk',
      class {
        readonly timestamp: number;
        constructor({ timestamp }: { timestamp: number }) {
          this.timestamp = timestamp;
        }
      },
    );
    const { sound, states } = made(AAC);
    sound.take(WALL, Uint8Array.of(1, 2, 3));
    const description = Uint8Array.of(0x14, 0x08);
    expect(Decoder.last.config).toEqual({ codec: 'mp4a.40.2', sampleRate: 16_000, numberOfChannels: 1, description });
    expect(Source.all[0]?.startedAt).toBeCloseTo(10.15, 6);
    expect(states.at(-1)).toBe('on');
    Decoder.last.events.error();
    expect(states.at(-1)).toBe('unsupported');
    sound.close();
    expect(Decoder.last.state).toBe('closed');
  });

  it('that this browser cannot decode is said to be so', () => {
    const { sound, states } = made(AAC);
    sound.take(WALL, Uint8Array.of(1));
    expect(states).toEqual(['waiting', 'unsupported']);
    expect(Source.all).toEqual([]);
    sound.close();
  });
});
