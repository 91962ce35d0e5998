import { beforeEach, describe, expect, it } from 'vitest';
import { bestOffset, learnServerTime, useServerClock } from './clock';

const offset = () => useServerClock.getState().offsetMs;

describe('the clock of the server', () => {
  beforeEach(() => learnServerTime(0, 0, 1e15));

  it('is taken from the quickest exchange', () => {
    expect(
      bestOffset([
        { offsetMs: 90, roundTripMs: 300 },
        { offsetMs: 10, roundTripMs: 4 },
      ]),
    ).toBe(10);
    expect(bestOffset([])).toBeNull();
  });

  it('lies in the middle of asking and being answered', () => {
    learnServerTime(1000, 1010, 3_005_000);
    expect(offset()).toBe(2000);
  });

  it('keeps a good sample against a slow one', () => {
    learnServerTime(1000, 1002, 3_001_000);
    learnServerTime(2000, 2400, 4_390_000);
    expect(offset()).toBe(2000);
  });

  it('forgets everything when a clock was set', () => {
    learnServerTime(1000, 1002, 3_001_000);
    learnServerTime(2000, 2100, 62_050_000);
    expect(offset()).toBe(60_000);
  });
});
