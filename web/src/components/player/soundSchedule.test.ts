import { describe, expect, it } from 'vitest';
import { LEAD_S, MOST_AHEAD_S, MOST_LATE_S, type SoundPlacement, SoundSchedule, TOLERANCE_S } from './soundSchedule';
import { Steady } from './steady';

interface Arrival {
  /** When the piece comes, and when its picture is shown. */
  nowS: number;
  withPictureS: number;
}

interface Heard extends Arrival {
  placed: SoundPlacement | null;
  off: number;
}

const PIECE_S = 0.04;

/** Pieces of 40 ms for `seconds`; `comes` says when each comes, `shown` when its picture is shown. */
function heard(seconds: number, comes: (wallS: number) => number, shown: (wallS: number) => number): Heard[] {
  const schedule = new SoundSchedule();
  return Array.from({ length: Math.round(seconds / PIECE_S) }, (_, index) => {
    const wallS = index * PIECE_S;
    const arrival = { nowS: comes(wallS), withPictureS: shown(wallS) };
    const placed = schedule.place(arrival.withPictureS, PIECE_S, arrival.nowS);
    return { ...arrival, placed, off: schedule.offS };
  });
}

function gaps(all: Heard[]): number[] {
  const placed = all.flatMap(({ placed }) => (placed ? [placed] : []));
  return placed.slice(1).map(({ atS }, index) => {
    const before = placed[index] ?? { atS: 0, rate: 1 };
    return atS - (before.atS + PIECE_S / before.rate);
  });
}

/** Read twenty times a second: pieces come in twos and threes. */
const byTick = (wallS: number) => Math.ceil((wallS + PIECE_S) / 0.05) * 0.05;

describe('sound with its picture', () => {
  it('is laid end to end, exactly with it, when both come steadily', () => {
    const all = heard(60, byTick, (wallS) => wallS + 0.25);
    expect(all.every(({ placed }) => placed?.rate === 1)).toBe(true);
    expect(Math.max(...all.map(({ off }) => Math.abs(off)))).toBeLessThan(0.001);
    expect(Math.max(...gaps(all).map(Math.abs))).toBeLessThan(1e-9);
  });

  it('stays within 100 ms while the picture catches up, without a hole', () => {
    const all = heard(20, byTick, (wallS) => wallS + 0.3 - 0.05 * Math.min(2, Math.max(0, wallS - 5)));
    expect(Math.max(...all.map(({ off }) => Math.abs(off)))).toBeLessThan(0.1);
    expect(all.filter(({ placed }) => placed === null)).toEqual([]);
    expect(Math.max(...gaps(all).map(Math.abs))).toBeLessThan(1e-9);
  });

  it('leaps with a picture that leaps', () => {
    const all = heard(20, byTick, (wallS) => (wallS < 5 ? wallS + 1.4 : wallS < 10 ? wallS + 0.2 : wallS + 0.8));
    const settled = all.filter(({ withPictureS }, index) => withPictureS > 1 && index % 125 > 40);
    expect(settled.length).toBeGreaterThan(300);
    expect(Math.max(...settled.map(({ off }) => Math.abs(off)))).toBeLessThan(0.1);
  });

  it('is never asked for in the past', () => {
    const jitter = (wallS: number) => byTick(wallS) + (Math.round(wallS * 25) % 7 === 0 ? 0.3 : 0);
    for (const { placed, nowS } of heard(30, jitter, (wallS) => wallS + 0.2))
      if (placed) expect(placed.atS).toBeGreaterThanOrEqual(nowS + LEAD_S - 1e-9);
  });
});

describe('sound that comes too late for its picture', () => {
  it('is heard as late as it has to be, steadily', () => {
    // Ten units of AAC in a packet: the first of them is more than half a second old.
    const all = heard(
      30,
      (wallS) => (Math.floor(wallS / 0.64) + 1) * 0.64 + 0.05,
      (wallS) => wallS + 0.2,
    );
    const late = all.slice(100);
    expect(late.every(({ placed }) => placed !== null)).toBe(true);
    expect(Math.max(...late.map(({ off }) => off))).toBeLessThan(0.7);
    expect(Math.max(...gaps(late).map(Math.abs))).toBeLessThan(1e-9);
  });

  it('comes back to its picture when it comes in time again', () => {
    const all = heard(
      60,
      (wallS) => byTick(wallS) + (wallS < 10 ? 0.5 : 0),
      (wallS) => wallS + 0.2,
    );
    expect(all.find(({ nowS }) => nowS > 5)?.off).toBeGreaterThan(0.3);
    expect(Math.abs(all.at(-1)?.off ?? 1)).toBeLessThan(0.1);
  });

  it('is left out when that is absurd, and so is what lies far ahead', () => {
    const schedule = new SoundSchedule();
    expect(schedule.place(0, PIECE_S, MOST_LATE_S + 0.1)).toBeNull();
    expect(schedule.place(10 + MOST_AHEAD_S + 0.1, PIECE_S, 10)).toBeNull();
    expect(schedule.place(10.5, PIECE_S, 10)).toEqual({ atS: 10.5, rate: 1 });
  });
});

it('sound that is too late for where it would be laid is left out until it fits', () => {
  const schedule = new SoundSchedule();
  expect(schedule.place(1.5, 1, 0)).toEqual({ atS: 1.5, rate: 1 });
  expect(schedule.place(2.5 - TOLERANCE_S - 0.01, PIECE_S, 0.6)).toBeNull();
  expect(schedule.place(2.5 - TOLERANCE_S + 0.01, PIECE_S, 0.6)?.atS).toBe(2.5);
});

describe('a steady value', () => {
  it('follows slowly, and leaps', () => {
    const lag = new Steady(0.1, 100);
    expect(lag.value).toBeNull();
    expect(lag.add(1000)).toBe(1000);
    expect(lag.add(1050)).toBe(1005);
    expect(lag.add(2000)).toBe(2000);
    lag.forget();
    expect(lag.value).toBeNull();
  });
});
