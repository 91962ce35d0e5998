import { describe, expect, it } from 'vitest';
import { microsOf } from '@/lib/time';
import { fullOn, sharesOf, urgencyOf } from './forecast';

const NOW = microsOf('2026-11-20T20:00:00Z');

it.each([
  [null, 'calm'],
  [15, 'calm'],
  [14, 'soon'],
  [4, 'soon'],
  [3, 'now'],
  [0, 'now'],
] as const)('%s days left are %s', (days, urgency) => expect(urgencyOf(days)).toBe(urgency));

describe('the date on which a group is full', () => {
  it('is a day of Beijing', () => expect(fullOn(10, NOW)).toBe('2026-12-01'));
  it.each([null, 0, 5000])('is not said for %s days', (days) => expect(fullOn(days, NOW)).toBeNull());
});

describe('a disk', () => {
  it.each([
    [
      { used_bytes: 30, free_bytes: 70, limit_bytes: null },
      { used: 0.3, free: 0.7 },
    ],
    // The limit counts, not the disk around it.
    [
      { used_bytes: 10, free_bytes: 1000, limit_bytes: 40 },
      { used: 0.25, free: 0.75 },
    ],
    // Other files took what the limit would still allow.
    [
      { used_bytes: 10, free_bytes: 10, limit_bytes: 40 },
      { used: 0.25, free: 0.25 },
    ],
    // The limit was lowered below what is there already.
    [
      { used_bytes: 50, free_bytes: 100, limit_bytes: 40 },
      { used: 1, free: 0 },
    ],
    [
      { used_bytes: 0, free_bytes: 0, limit_bytes: null },
      { used: 0, free: 0 },
    ],
  ])('%j is divided as %j', (room, shares) => expect(sharesOf(room)).toEqual(shares));
  it('that is missing is not divided', () =>
    expect(sharesOf({ used_bytes: 5, free_bytes: null, limit_bytes: null })).toBeNull());
});
