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
  startAt,
  WINDOW_US,
} from './windows';

const at = (nextUs: number, more: Partial<Chain> = {}): Chain => ({ nextUs, located: true, caughtUp: false, ...more });

describe('where to begin', () => {
  it('is the key frame before the moment', () => {
    expect(locate(startAt(5_000), { fromUs: 4_200, nextUs: 9_000 })).toEqual(at(4_200));
  });

  it('is the next recording when there is none', () => {
    expect(locate(startAt(5_000), { fromUs: null, nextUs: 80_000 })).toEqual(at(80_000));
  });

  it('stays open at the end of everything', () => {
    expect(locate(startAt(5_000), { fromUs: null, nextUs: null })).toEqual(
      at(5_000, { located: false, caughtUp: true }),
    );
  });
});

describe('the chain of windows', () => {
  it('goes where the server says, over gaps too', () => {
    expect(follow(at(0), { nextUs: 3_600_000_000 })).toEqual(at(3_600_000_000));
  });

  it('moves on when the server sends it nowhere', () => {
    expect(follow(at(500), { nextUs: 500 }).nextUs).toBe(500 + WINDOW_US);
  });

  it('waits at the end and goes on just before what is held', () => {
    const waiting = follow(at(1_000_000), { nextUs: null });
    expect(waiting.caughtUp).toBe(true);
    expect(askFrom(waiting, 9_000_000)).toBe(8_950_000);
    expect(askFrom(waiting, null)).toBe(1_000_000);
    expect(askFrom(at(1_000_000), 9_000_000)).toBe(1_000_000);
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
