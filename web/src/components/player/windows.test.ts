import { describe, expect, it } from 'vitest';
import {
  askFrom,
  type Chain,
  contains,
  follow,
  forgetUntil,
  fullMime,
  hop,
  locate,
  secondsAhead,
  spent,
  startAt,
  WINDOW_US,
} from './windows';

const at = (nextUs: number, more: Partial<Chain> = {}): Chain => ({
  nextUs,
  located: true,
  caughtUp: false,
  epoch: 0,
  turn: null,
  ...more,
});
const answer = (nextUs: number | null, more: object = {}) => ({
  fromUs: null,
  epoch: 0,
  nextUs,
  nextEpoch: nextUs === null ? null : 0,
  ...more,
});
/** Where a window holds nothing, the server names no run of the clock but that of what comes next. */
const nothing = (nextUs: number | null, more: object = {}) => answer(nextUs, { epoch: null, ...more });

describe('where to begin', () => {
  it('is the key frame before the moment', () => {
    expect(locate(startAt(5_000), answer(9_000, { fromUs: 4_200 }))).toEqual(at(4_200));
  });

  it('is the next recording when there is none', () => {
    expect(locate(startAt(5_000), nothing(80_000))).toEqual(at(80_000));
  });

  it('stays open at the end of everything', () => {
    expect(locate(startAt(5_000), nothing(null))).toEqual(at(5_000, { located: false, caughtUp: true, epoch: null }));
  });
});

describe('the chain of windows', () => {
  it('goes where the server says, over gaps too', () => {
    expect(follow(at(0), answer(3_600_000_000))).toEqual(at(3_600_000_000));
  });

  it('moves on when the server sends it nowhere', () => {
    expect(follow(at(500), answer(500)).nextUs).toBe(500 + WINDOW_US);
  });

  it('waits at the end and goes on just before what is held', () => {
    const waiting = follow(at(1_000_000), answer(null));
    expect(waiting.caughtUp).toBe(true);
    expect(askFrom(waiting, 9_000_000)).toBe(8_950_000);
    expect(askFrom(waiting, null)).toBe(1_000_000);
    expect(askFrom(at(1_000_000), 9_000_000)).toBe(1_000_000);
  });
});

describe('an hour that the clock of the server ran twice', () => {
  it('is played in the run that was asked for', () => {
    const second = startAt(5_000, 1);
    expect(second.epoch).toBe(1);
    expect(locate(second, answer(9_000, { fromUs: 4_200, epoch: 1, nextEpoch: 1 })).epoch).toBe(1);
  });

  it('takes the run that the server finds when none was asked for', () => {
    expect(locate(startAt(5_000), answer(9_000, { fromUs: 4_200, epoch: 3, nextEpoch: 3 })).epoch).toBe(3);
    expect(locate(startAt(5_000), nothing(80_000, { nextEpoch: 3 }))).toEqual(at(80_000, { epoch: 3 }));
  });

  it('begins again behind the end of the first run, although its time is earlier', () => {
    const chain = follow(at(9_000_000), answer(5_000_000, { nextEpoch: 1 }));
    expect(chain).toEqual(at(9_000_000, { turn: { us: 5_000_000, epoch: 1 } }));
  });

  it('is found from a moment behind everything of its run', () => {
    const chain = locate(startAt(9_000_000, 0), nothing(5_000_000, { nextEpoch: 1 }));
    expect(chain.turn).toEqual({ us: 5_000_000, epoch: 1 });
    expect(chain.located).toBe(false);
  });

  it('is a turn forward too: what lies between never was', () => {
    expect(follow(at(9_000_000), answer(9_000_000_000, { nextEpoch: 1 })).turn?.us).toBe(9_000_000_000);
  });
});

const RANGES = [
  { start: 10, end: 20 },
  { start: 150, end: 160 },
];

describe('holes in the recording', () => {
  it.each([
    ['in the middle of a stretch', 15, 'playing', null],
    ['at the end of a stretch', 19.95, 'playing', { to: 150.001, skipped: 130 }],
    ['one frame before the end with nothing left to show', 19.4, 'dry', { to: 150.001, skipped: 130 }],
    ['one frame before the end with more to show', 19.4, 'playing', null],
    ['standing at the end', 19.95, 'standing', null],
    ['in a hole', 100, 'standing', { to: 150.001, skipped: 50 }],
    ['before everything', 5, 'playing', { to: 10.001, skipped: 5 }],
    ['behind everything', 170, 'playing', null],
    ['at the very end', 159.97, 'dry', null],
  ] as const)('%s', (_name, position, going, expected) => expect(hop(RANGES, position, going)).toEqual(expected));

  it('passes over a seam between fragments without a word', () => {
    const seam = [
      { start: 0, end: 10 },
      { start: 10.1, end: 20 },
    ];
    expect(hop(seam, 9.95, 'playing')).toEqual({ to: 10.1 + 0.001, skipped: 0 });
  });
});

describe('all has been shown', () => {
  it.each([
    [19.99, 'playing', false],
    [155, 'playing', false],
    [159.95, 'playing', true],
    [159.95, 'standing', false],
    [159, 'dry', true],
    [161, 'standing', true],
    [100, 'dry', false],
  ] as const)('at %d while %s: %s', (position, going, expected) =>
    expect(spent(RANGES, position, going)).toBe(expected),
  );
  it('where there is nothing', () => expect(spent([], 5, 'standing')).toBe(true));
});

it('counts what lies ahead without the holes', () => {
  expect(secondsAhead(RANGES, 15)).toBe(15);
  expect(secondsAhead(RANGES, 100)).toBe(10);
  expect(secondsAhead([], 0)).toBe(0);
});

it('forgets what lies more than a minute behind, in portions', () => {
  expect(forgetUntil([{ start: 0, end: 200 }], 80)).toBeNull();
  expect(forgetUntil([{ start: 0, end: 200 }], 100)).toBe(40);
  expect(forgetUntil([], 100)).toBeNull();
});

it('knows whether a picture for a moment is there', () => {
  expect(contains(RANGES, 10)).toBe(true);
  expect(contains(RANGES, 19.99)).toBe(false);
  expect(contains(RANGES, 100)).toBe(false);
});

it('makes a whole type of a bare codec', () => {
  expect(fullMime('avc1.64001f')).toBe('video/mp4; codecs="avc1.64001f"');
  expect(fullMime('video/mp4; codecs="hvc1"')).toBe('video/mp4; codecs="hvc1"');
});
