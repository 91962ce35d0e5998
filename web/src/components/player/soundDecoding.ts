import type { SoundFacts } from '@/lib/sound';
import { decodeG711 } from './g711';

export interface Decoding {
  decode: (wallUs: number, piece: Uint8Array<ArrayBuffer>) => void;
  close: () => void;
}

export interface DecodingListener {
  /** Samples of each channel, of the moment `wallUs`. */
  onSamples: (wallUs: number, samples: readonly Float32Array<ArrayBuffer>[], rate: number) => void;
  onFault: () => void;
}

const MOST_QUEUED = 32;

/** Whether this browser can play sound of this codec; AAC needs WebCodecs, which plain HTTP has only on this machine. */
export const canHear = (codec: string): boolean =>
  codec === 'alaw' || codec === 'ulaw' || (codec === 'aac' && 'AudioDecoder' in window);

/** What decodes `facts` here; null when nothing does. */
export function decodingOf(facts: SoundFacts, listener: DecodingListener): Decoding | null {
  if (!canHear(facts.codec)) return null;
  const { codec } = facts;
  return codec === 'alaw' || codec === 'ulaw' ? byTable(codec, facts, listener) : new AacDecoding(facts, listener);
}

const byTable = (law: 'alaw' | 'ulaw', { rate, channels }: SoundFacts, { onSamples }: DecodingListener): Decoding => ({
  decode: (wallUs, piece) => onSamples(wallUs, decodeG711(law, piece, channels), rate),
  close: () => {},
});

class AacDecoding implements Decoding {
  readonly #decoder: AudioDecoder;

  constructor(
    facts: SoundFacts,
    private readonly listener: DecodingListener,
  ) {
    this.#decoder = new AudioDecoder({ output: (data) => this.#decoded(data), error: () => listener.onFault() });
    this.#decoder.configure({
      codec: facts.mime,
      sampleRate: facts.rate,
      numberOfChannels: facts.channels,
      description: bytesOf(facts.configuration),
    });
  }

  /** Every access unit can be decoded by itself. One too many is left out: it would be heard too late. */
  decode(wallUs: number, piece: Uint8Array<ArrayBuffer>): void {
    if (this.#decoder.state !== 'configured' || this.#decoder.decodeQueueSize > MOST_QUEUED) return;
    this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: wallUs, data: piece }));
  }

  close(): void {
    if (this.#decoder.state !== 'closed') this.#decoder.close();
  }

  #decoded(data: AudioData): void {
    const samples = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
      const channel = new Float32Array(data.numberOfFrames);
      data.copyTo(channel, { planeIndex, format: 'f32-planar' });
      return channel;
    });
    this.listener.onSamples(data.timestamp, samples, data.sampleRate);
    data.close();
  }
}

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
