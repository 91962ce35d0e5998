// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { microsOf } from '@/lib/time';
import '@/lib/i18n';
import { typedRange } from './RangeFields';

beforeEach(() => {
  vi.setSystemTime(new Date('2026-11-20T06:10:00.400Z'));
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['2026-11-20T06:03:05.900Z', '2026-11-20T06:08:00.100Z', '2026-11-20 14:03:05', '2026-11-20 14:08:01'],
  ['2026-11-20T06:03:05Z', '2026-11-20T06:08:00Z', '2026-11-20 14:03:05', '2026-11-20 14:08:00'],
  // What is shown up to now ends with the last second that is over for the server too.
  ['2026-11-20T06:03:05Z', '2026-11-20T06:10:00.400Z', '2026-11-20 14:03:05', '2026-11-20 14:09:59'],
  ['2026-11-20T06:10:00Z', '2026-11-20T06:10:00.400Z', '2026-11-20 14:09:58', '2026-11-20 14:09:59'],
])('from %s to %s is typed %s to %s', (start, end, from, to) =>
  expect(typedRange(microsOf(start), microsOf(end))).toEqual({ from, to }),
);
