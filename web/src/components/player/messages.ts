/** Binary frames of the live WebSocket: 16 bytes of header, then ISO BMFF; of sound one access unit or octets of G.711. */

export const HEADER_BYTES = 16;

export type ChunkKind = 'init' | 'key' | 'delta' | 'sound';

export interface LiveMessage {
  kind: ChunkKind;
  /** Wall time of the frame on the server's clock, microseconds since the Unix epoch. */
  wallUs: number;
  body: Uint8Array<ArrayBuffer>;
}

const KINDS: Readonly<Record<number, ChunkKind>> = { 0: 'init', 1: 'key', 2: 'delta', 7: 'sound' };

/** Null when it is no message that this console knows: a newer server may send kinds of its own. */
export function parseMessage(buffer: ArrayBuffer): LiveMessage | null {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const header = new DataView(buffer, 0, HEADER_BYTES);
  const kind = KINDS[header.getUint8(0)];
  if (!kind) return null;
  // Microseconds stay exact as a double until the year 2255.
  return { kind, wallUs: Number(header.getBigUint64(8)), body: new Uint8Array(buffer, HEADER_BYTES) };
}
