/** Sound beside pictures, as the server hands it out: pieces with their wall time, and what decodes them. */

/** What a decoder must know of a camera's sound. */
export interface SoundFacts {
  codec: string;
  mime: string;
  /** Samples a second. */
  rate: number;
  channels: number;
  /** AudioSpecificConfig in hexadecimal; empty for G.711. */
  configuration: string;
}

export interface SoundPiece {
  /** When it begins, microseconds. */
  wallUs: number;
  data: Uint8Array<ArrayBuffer>;
}

/** The sound of a stretch of footage. */
export interface SoundWindow {
  /** Null where there is a picture, or nothing, and no sound. */
  facts: SoundFacts | null;
  pieces: SoundPiece[];
  epoch: number | null;
  /** Where to continue; null when there is nothing later yet. */
  nextUs: number | null;
  nextEpoch: number | null;
}

export interface WantedSound {
  fromUs: number;
  toUs: number;
  /** Null: whichever run of the clock has something there first. */
  epoch: number | null;
}

const HEAD_BYTES = 12;

/** The body of an answer: before each piece 4 bytes of length and 8 of wall time. */
export function piecesIn(body: ArrayBuffer): SoundPiece[] {
  const view = new DataView(body);
  const pieces: SoundPiece[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= body.byteLength) {
    const length = view.getUint32(at);
    const start = at + HEAD_BYTES;
    if (start + length > body.byteLength) break;
    pieces.push({ wallUs: Number(view.getBigUint64(at + 4)), data: new Uint8Array(body, start, length) });
    at = start + length;
  }
  return pieces;
}
