/** When each recorded frame is shown, read from its boxes: for stepping by frames, forwards and back. Pure. */

const TIMESCALE = 90_000;
const SHIFTED = 0x800;
const DURATIONS = 0x100;
const SIZES = 0x200;
const FLAGS = 0x400;
const OFFSET = 0x1;
const FIRST_FLAGS = 0x4;

/** Seconds of media at which the frames of a run of fragments are shown, in order. */
export function shownTimes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const times: number[] = [];
  for (const moof of boxes(view, 0, view.byteLength, 'moof'))
    for (const traf of boxes(view, moof.body, moof.end, 'traf')) {
      const [tfdt] = boxes(view, traf.body, traf.end, 'tfdt');
      if (!tfdt) continue;
      let at =
        view.getUint8(tfdt.body) === 1 ? Number(view.getBigUint64(tfdt.body + 4)) : view.getUint32(tfdt.body + 4);
      for (const trun of boxes(view, traf.body, traf.end, 'trun')) at = run(view, trun.body, trun.end, at, times);
    }
  return times.sort((a, b) => a - b);
}

/** ISO/IEC 14496-12 section 8.8.8. Returns the decode time behind the run. */
function run(view: DataView, body: number, end: number, startTicks: number, times: number[]): number {
  const flags = view.getUint32(body) & 0xffffff;
  const count = view.getUint32(body + 4);
  let at = body + 8 + (flags & OFFSET ? 4 : 0) + (flags & FIRST_FLAGS ? 4 : 0);
  let decode = startTicks;
  for (let index = 0; index < count && at < end; index += 1) {
    let duration = 0;
    if (flags & DURATIONS) {
      duration = view.getUint32(at);
      at += 4;
    }
    if (flags & SIZES) at += 4;
    if (flags & FLAGS) at += 4;
    let shift = 0;
    if (flags & SHIFTED) {
      shift = view.getInt32(at);
      at += 4;
    }
    times.push((decode + shift) / TIMESCALE);
    decode += duration;
  }
  return decode;
}

interface Found {
  body: number;
  end: number;
}

function boxes(view: DataView, from: number, to: number, wanted: string): Found[] {
  const found: Found[] = [];
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > to) break;
    const kind = String.fromCharCode(
      view.getUint8(at + 4),
      view.getUint8(at + 5),
      view.getUint8(at + 6),
      view.getUint8(at + 7),
    );
    if (kind === wanted) found.push({ body: at + 8, end: at + size });
    at += size;
  }
  return found;
}

/** Two times this close are of one frame that was asked for twice. */
const SAME_S = 0.001;

/** The frames that a buffer holds. */
export class FrameTimes {
  #times: number[] = [];

  add(times: readonly number[]): void {
    const last = this.#times.at(-1);
    const all = [...this.#times, ...times];
    if (last !== undefined && times[0] !== undefined && times[0] <= last) all.sort((a, b) => a - b);
    this.#times = all.filter((time, index) => index === 0 || time - (all[index - 1] ?? 0) > SAME_S);
  }

  clear(): void {
    this.#times = [];
  }

  forget(beforeS: number): void {
    this.#times = this.#times.filter((time) => time >= beforeS);
  }

  /** The frame that is shown at a moment, and how long, as far as that is known; null where none is held. */
  at(momentS: number): { startS: number; endS: number | null } | null {
    const index = this.#indexAt(momentS);
    const startS = this.#times[index];
    return startS === undefined ? null : { startS, endS: this.#times[index + 1] ?? null };
  }

  /** When the frame after (1) or before (-1) the one of a moment is shown; null where none is held. */
  beside(momentS: number, direction: 1 | -1): number | null {
    const index = this.#indexAt(momentS);
    return index < 0 ? null : (this.#times[index + direction] ?? null);
  }

  #indexAt(momentS: number): number {
    let [low, high] = [-1, this.#times.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#times[middle] ?? 0) <= momentS + SAME_S / 2) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
