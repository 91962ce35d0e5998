import { expect, it } from 'vitest';
import { microsOf } from '@/lib/time';
import { gradeOf, percentOf, rangeOf } from './shares';

it.each([
  ['2026-11-20T16:30:00Z', 1, ['2026-11-21', '2026-11-21']],
  ['2026-11-20T15:30:00Z', 7, ['2026-11-14', '2026-11-20']],
])('counts days of Beijing, today included: %s, %d', (now, days, expected) => {
  expect(rangeOf(microsOf(now), days)).toEqual(expected);
});

it.each([
  [100, 100, '100'],
  [99_999, 100_000, '99.99'],
  [0, 100, '0.00'],
  [5, 0, null],
  [101, 100, '100'],
])('writes %d of %d as %s', (recorded, planned, expected) => {
  expect(percentOf(recorded, planned)).toBe(expected);
});

it.each([
  [100, 100, 'whole'],
  [99, 100, 'whole'],
  [98, 100, 'partly'],
  [90, 100, 'partly'],
  [89, 100, 'poor'],
  [0, 0, 'whole'],
])('grades %d of %d as %s', (recorded, planned, expected) => {
  expect(gradeOf(recorded, planned)).toBe(expected);
});
