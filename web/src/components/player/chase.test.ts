import { describe, expect, it } from 'vitest';
import { AIM_S, LANDING_S, pursue, trimPoint } from './chase';

const upTo = (end: number) => [{ start: 0, end }];

describe('the chase', () => {
  it.each([
    // ahead, rate before, rate after
    [0.1, 1, 1],
    [0.2, 1, 1],
    [0.3, 1, 1.05],
    [0.9, 1, 1.1],
    [0.9, 1.05, 1.1],
    // slowing down only at the aim: no flutter in between
    [0.5, 1.1, 1.1],
    [0.2, 1.1, 1.1],
    [0.2, 1.05, 1.05],
    [AIM_S - 0.001, 1.1, 1],
    [0.05, 1.1, 1],
  ])('with %d s ahead at rate %d plays at %d', (ahead, before, after) => {
    expect(pursue(10, upTo(10 + ahead), before)).toEqual({ rate: after, jumpTo: null });
  });

  it('jumps when playing faster would take too long', () => {
    expect(pursue(10, upTo(11.6), 1.1)).toEqual({ rate: 1, jumpTo: 11.6 - LANDING_S });
  });

  it('jumps over a hole and never before the newest range', () => {
    const ranges = [
      { start: 0, end: 5 },
      { start: 5.5, end: 5.54 },
    ];
    expect(pursue(5, ranges, 1).jumpTo).toBe(5.5);
  });

  it('stays where it is without a buffer and when it has run out of it', () => {
    expect(pursue(0, [], 1.1)).toEqual({ rate: 1, jumpTo: null });
    expect(pursue(10.2, upTo(10), 1).jumpTo).toBeNull();
  });

  it('reaches the aim from any distance and then rests', () => {
    for (const start of [0.3, 0.8, 1.4, 30]) {
      let [position, end, rate] = [0, start, 1];
      for (let step = 0; step < 400; step += 1) {
        const { rate: next, jumpTo } = pursue(position, upTo(end), rate);
        rate = next;
        position = (jumpTo ?? position) + 0.1 * rate;
        end += 0.1;
      }
      expect(rate).toBe(1);
      expect(end - position).toBeLessThanOrEqual(0.25);
      expect(end - position).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('forgetting the past', () => {
  it('ends on the last key frame that lies far enough behind', () => {
    expect(trimPoint([0, 2, 4, 6, 8], 0, 15, 10)).toBe(4);
  });

  it('waits while the group of pictures being shown is longer than what is kept', () => {
    expect(trimPoint([0], 0, 30, 10)).toBeNull();
    expect(trimPoint([], 0, 30, 10)).toBeNull();
  });

  it('does not ask for what is gone already', () => expect(trimPoint([4], 4, 15, 10)).toBeNull());
});
