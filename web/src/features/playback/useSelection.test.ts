import { expect, it } from 'vitest';
import { MINUTE_US } from '@/lib/time';
import { marked } from './useSelection';

const M = MINUTE_US;

it.each([
  [null, 10 * M, 'start', [10, 11]],
  [null, 10 * M, 'end', [9, 10]],
  [{ startUs: 5 * M, endUs: 20 * M }, 10 * M, 'start', [10, 20]],
  [{ startUs: 5 * M, endUs: 20 * M }, 10 * M, 'end', [5, 10]],
  // A mark on the wrong side of the other end begins a new selection.
  [{ startUs: 5 * M, endUs: 8 * M }, 10 * M, 'start', [10, 11]],
  [{ startUs: 15 * M, endUs: 20 * M }, 10 * M, 'end', [9, 10]],
] as const)('%j with a mark at %d as its %s', (before, us, end, [from, to]) =>
  expect(marked(before, us, end)).toEqual({ startUs: from * M, endUs: to * M }),
);

it('holds the whole second of the picture', () => {
  expect(marked(null, 10 * M + 1, 'start')).toEqual({ startUs: 10 * M, endUs: 11 * M });
  expect(marked(null, 10 * M - 1, 'end')).toEqual({ startUs: 9 * M, endUs: 10 * M });
});
