import { describe, expect, it } from 'vitest';
import { LEAST_SPAN_US, MOST_SPAN_US, xOf } from './geometry';
import { grasp, pinched } from './pinch';

const scope = { centreUs: 1_800_000_000_000_000, spanUs: 3_600_000_000 };

describe('two fingers', () => {
  it.each([
    [200, 400, 100, 700],
    [200, 400, 290, 310],
    [400, 200, 600, 100],
    [10, 990, 10, 990],
  ])('hold what they grasped at %d and %d when they are at %d and %d', (a, b, x, y) => {
    const fingers = grasp(scope, 1000, a, b);
    const next = pinched(fingers, 1000, x, y);
    expect(next && xOf(next, 1000, fingers.firstUs)).toBeCloseTo(x, 1);
    expect(next && xOf(next, 1000, fingers.secondUs)).toBeCloseTo(y, 1);
  });

  it('stop at the ends of the zoom', () => {
    expect(pinched(grasp(scope, 1000, 500, 500.0001), 1000, 0, 1000)?.spanUs ?? LEAST_SPAN_US).toBe(LEAST_SPAN_US);
    expect(pinched(grasp(scope, 1000, 0, 1000), 1000, 500, 501.1)?.spanUs).toBeLessThanOrEqual(MOST_SPAN_US);
  });

  it('at one place say nothing', () => expect(pinched(grasp(scope, 1000, 1, 2), 1000, 5, 5)).toBeNull());
});
