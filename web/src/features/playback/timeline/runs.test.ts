import { describe, expect, it } from 'vitest';
import { HOUR_US, MINUTE_US } from '@/lib/time';
import { extents, joinedRuns, landIn, parts, repeated, repeatedAt, runAt } from './runs';

const H = HOUR_US;
const span = (epoch: number, startUs: number, endUs: number) => ({ epoch, startUs, endUs });

/** Recording from 12:00; at 14:00 the clock was set back to 13:00, and recording went on to 16:00. */
const FIRST = span(0, 12 * H, 14 * H);
const SECOND = span(1, 13 * H, 16 * H);
const ZONES = repeated(extents([FIRST, SECOND]));

describe('an hour that ran twice', () => {
  it('is found, and nothing else is', () => {
    expect(ZONES).toEqual([{ startUs: 13 * H, endUs: 14 * H, epochs: [0, 1] }]);
    expect(repeatedAt(ZONES, 13.5 * H)?.epochs).toEqual([0, 1]);
    expect(repeatedAt(ZONES, 14 * H)).toBeNull();
  });

  it('counts although one of the runs has a hole in it', () => {
    const holed = [span(0, 12 * H, 13.2 * H), span(0, 13.8 * H, 14 * H), SECOND];
    expect(repeated(extents(holed))).toEqual(ZONES);
  });

  it('may have run three times', () => {
    const zones = repeated(extents([FIRST, SECOND, span(2, 13.5 * H, 15 * H)]));
    expect(zones.map((zone) => zone.epochs)).toEqual([
      [0, 1],
      [0, 1, 2],
      [1, 2],
    ]);
  });

  it('is not a clock that was set forward, nor a moment of slewing', () => {
    expect(repeated(extents([span(0, 12 * H, 13 * H), span(1, 15 * H, 16 * H)]))).toEqual([]);
    expect(repeated(extents([span(0, 12 * H, 13 * H), span(1, 13 * H - 1000, 14 * H)]))).toEqual([]);
  });
});

describe('the row of a click', () => {
  it.each([
    [13.5 * H, 0.1, 0],
    [13.5 * H, 0.49, 0],
    [13.5 * H, 0.51, 1],
    [13.5 * H, -3, 0],
    [13.5 * H, 7, 1],
    [12.5 * H, 0.9, null],
    [15 * H, 0.1, null],
  ])('at %d, %d down, is run %s', (us, share, run) => expect(runAt(ZONES, us, share)).toBe(run));
});

it('a stretch fills the height alone and its row where it is repeated', () => {
  expect(parts(FIRST, ZONES)).toEqual([
    { from: FIRST, startUs: 12 * H, endUs: 13 * H, row: 0, rows: 1 },
    { from: FIRST, startUs: 13 * H, endUs: 14 * H, row: 0, rows: 2 },
  ]);
  expect(parts(SECOND, ZONES)).toEqual([
    { from: SECOND, startUs: 13 * H, endUs: 14 * H, row: 1, rows: 2 },
    { from: SECOND, startUs: 14 * H, endUs: 16 * H, row: 0, rows: 1 },
  ]);
});

it('stretches of two runs are joined with their own, although they lie between each other', () => {
  const cut = [
    span(0, 12 * H, 13.5 * H),
    span(1, 13 * H, 13.5 * H),
    span(1, 13.5 * H, 16 * H),
    span(0, 13.5 * H, 14 * H),
  ];
  expect(joinedRuns(cut, () => true)).toEqual([FIRST, SECOND]);
});

describe('a wish', () => {
  const holed = [span(0, 12 * H, 13 * H), SECOND];
  it.each([
    [13.5 * H, 0, { kind: 'exact', us: 13.5 * H }],
    [13.5 * H, null, { kind: 'exact', us: 13.5 * H }],
    [12.5 * H, 1, { kind: 'next', us: 13 * H }],
    [15 * H, 0, { kind: 'exact', us: 15 * H }],
  ])('at %d in run %s leads to %j', (us, epoch, landing) => {
    expect(landIn(epoch === 0 && us === 13.5 * H ? [FIRST, SECOND] : holed, us, epoch)).toEqual(landing);
  });
  it('in a run that is over goes on in the next', () => {
    expect(landIn(holed, 13 * H + MINUTE_US, 0)).toEqual({ kind: 'exact', us: 13 * H + MINUTE_US });
  });
});
