import { expect, it } from 'vitest';
import { isGoing, shareOf } from './progress';

const counts = (segments_done: number, segments_total: number, bytes_done: number, bytes_total: number) => ({
  segments_done,
  segments_total,
  bytes_done,
  bytes_total,
});

it.each([
  [counts(5, 10, 0, 0), 0.5],
  [counts(9, 10, 25, 100), 0.25],
  [counts(12, 10, 0, 0), 0.99],
  [counts(0, 0, 0, 0), 0],
])('%j is %d', (check, share) => expect(shareOf(check)).toBe(share));

it('goes on while it waits or runs', () => {
  expect((['queued', 'running', 'stopped', 'done'] as const).map((state) => isGoing({ state }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
