import { expect, it } from 'vitest';
import { backoffMs } from './backoff';

it('doubles from one second and ends at thirty', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => backoffMs(attempt, 0.5))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it('spreads by a quarter both ways', () => {
  expect(backoffMs(2, 0)).toBe(3000);
  expect(backoffMs(2, 0.999999)).toBe(5000);
});
