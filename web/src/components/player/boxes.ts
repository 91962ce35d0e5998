/** The little of ISO BMFF (ISO/IEC 14496-12) that a player has to read: where boxes end, and `tfdt`. */

interface Box {
  type: string;
  start: number;
  /** First byte of the content. */
  body: number;
  end: number;
}

function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = from;
  while (start + 8 <= to) {
    const short = view.getUint32(start);
    const long = short === 1 && start + 16 <= to;
    // 4.2: size 1 means that 64 bits follow, size 0 that the box runs to the end.
    const size = long ? Number(view.getBigUint64(start + 8)) : short === 0 ? to - start : short;
    const head = long ? 16 : 8;
    if (size < head || start + size > to) return;
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    yield { type, start, body: start + head, end: start + size };
    start += size;
  }
}

function find(bytes: Uint8Array, path: readonly string[], from = 0, to = bytes.length): Box | null {
  const [wanted, ...rest] = path;
  for (const box of boxesIn(bytes, from, to)) {
    if (box.type !== wanted) continue;
    return rest.length === 0 ? box : find(bytes, rest, box.body, box.end);
  }
  return null;
}

/** Base media decode time of the first fragment, in ticks of its timescale; null without a `tfdt` (8.8.12). */
export function decodeTimeOf(chunk: Uint8Array): number | null {
  const box = find(chunk, ['moof', 'traf', 'tfdt']);
  if (!box || box.end - box.body < 8) return null;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const version = view.getUint8(box.body);
  if (version === 0) return view.getUint32(box.body + 4);
  return box.end - box.body < 12 ? null : Number(view.getBigUint64(box.body + 4));
}

/** A response split after its `moov`: the init segment and the fragments. `init` is empty when there is none. */
export function splitInit(bytes: Uint8Array<ArrayBuffer>): { init: Uint8Array; media: Uint8Array<ArrayBuffer> } {
  const moov = find(bytes, ['moov']);
  const cut = moov ? moov.end : 0;
  return { init: bytes.subarray(0, cut), media: bytes.subarray(cut) };
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
