import { describe, expect, it } from 'vitest';
import { DAY_US, dateTimeOf, HOUR_US, MINUTE_US, microsOf, SECOND_US, startOfDay } from '@/lib/time';
import {
  bars,
  blocks,
  causeOf,
  endOf,
  follow,
  joined,
  LEAST_SPAN_US,
  land,
  MOST_SPAN_US,
  panBy,
  startOf,
  tickStep,
  ticks,
  upToNow,
  usOf,
  xOf,
  zoomAround,
} from './geometry';

const NOON = microsOf('2026-11-20T04:00:00Z');
const scope = (spanUs: number, centreUs = NOON) => ({ centreUs, spanUs });
const span = (startUs: number, endUs: number) => ({ startUs, endUs });

describe('places and moments', () => {
  it('are the same thing seen from two sides', () => {
    for (const spanUs of [SECOND_US, HOUR_US, 90 * DAY_US]) {
      for (const x of [0, 1, 640, 1290])
        expect(xOf(scope(spanUs), 1290, usOf(scope(spanUs), 1290, x))).toBeCloseTo(x, 2);
    }
  });

  it('zooming keeps the moment under the pointer', () => {
    const before = scope(6 * HOUR_US);
    const pointer = usOf(before, 1000, 250);
    const after = zoomAround(before, pointer, 0.5);
    expect(after.spanUs).toBe(3 * HOUR_US);
    expect(xOf(after, 1000, pointer)).toBeCloseTo(250);
  });

  it('zooming ends at 1 second and at 90 days', () => {
    expect(zoomAround(scope(2 * SECOND_US), NOON, 0.01).spanUs).toBe(LEAST_SPAN_US);
    expect(zoomAround(scope(80 * DAY_US), NOON, 100).spanUs).toBe(MOST_SPAN_US);
  });

  it('dragging to the right shows what was before', () => {
    expect(panBy(scope(HOUR_US), 1000, 500).centreUs).toBe(NOON - HOUR_US / 2);
  });

  it('follows a moment only when it would leave the picture', () => {
    const here = scope(HOUR_US);
    expect(follow(here, NOON + 10 * MINUTE_US)).toBe(here);
    expect(follow(here, NOON + 29 * MINUTE_US).centreUs).toBe(NOON + 29 * MINUTE_US);
  });
});

it('does not spend the width on the future', () => {
  const wide = upToNow(scope(90 * DAY_US), NOON);
  expect(xOf(wide, 1000, NOON)).toBeCloseTo(950);
  const past = scope(HOUR_US, NOON - DAY_US);
  expect(upToNow(past, NOON)).toBe(past);
});

describe('the ruler', () => {
  it.each([1, 7, 60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400])(
    'of %d seconds has labels that do not touch and are on round times',
    (seconds) => {
      const here = scope(seconds * SECOND_US);
      const step = tickStep(here, 1290);
      const marks = ticks(here, 1290);
      expect((step / here.spanUs) * 1290).toBeGreaterThanOrEqual(96);
      expect(marks.length).toBeGreaterThanOrEqual(3);
      for (const mark of marks) {
        expect(mark).toBeGreaterThanOrEqual(startOf(here));
        expect(mark).toBeLessThanOrEqual(endOf(here));
        if (step <= DAY_US) expect((mark - startOfDay(mark)) % step).toBe(0);
      }
    },
  );

  it('marks the hours of Beijing', () => {
    expect(ticks(scope(DAY_US), 1290).map(dateTimeOf)).toContain('2026-11-20 06:00:00');
  });
});

describe('bars', () => {
  it('are never more than the pixels', () => {
    const many = Array.from({ length: 50_000 }, (_, n) =>
      span(NOON + n * 2 * SECOND_US, NOON + (n * 2 + 1) * SECOND_US),
    );
    const drawn = bars(many, scope(30 * HOUR_US, NOON + 14 * HOUR_US), 1000);
    expect(drawn.length).toBeLessThanOrEqual(1000);
    expect(drawn.reduce((sum, bar) => sum + bar.width, 0)).toBeGreaterThan(900);
  });

  it('show what is shorter than a pixel', () => {
    expect(bars([span(NOON, NOON + 1)], scope(DAY_US), 1000)).toEqual([{ x: 500, width: 1 }]);
  });

  it('end at the border and leave out what lies behind it', () => {
    const all = [span(NOON - 3 * DAY_US, NOON - 2 * DAY_US), span(NOON - DAY_US, NOON)];
    expect(bars(all, scope(HOUR_US), 1000)).toEqual([{ x: 0, width: 500 }]);
  });
});

it('runs that were cut at the border of two answers are one again', () => {
  const parts = [
    { ...span(10, 20), epoch: 0 },
    { ...span(0, 10), epoch: 0 },
    { ...span(20, 30), epoch: 1 },
    { ...span(40, 50), epoch: 1 },
  ];
  expect(joined(parts, (a, b) => a.epoch === b.epoch)).toEqual([
    { ...span(0, 20), epoch: 0 },
    { ...span(20, 30), epoch: 1 },
    { ...span(40, 50), epoch: 1 },
  ]);
});

describe('a wish to see a moment', () => {
  const spans = [span(0, 10 * SECOND_US), span(60 * SECOND_US, 90 * SECOND_US)];
  it.each([
    [5 * SECOND_US, { kind: 'exact', us: 5 * SECOND_US }],
    [30 * SECOND_US, { kind: 'next', us: 60 * SECOND_US }],
    [10 * SECOND_US, { kind: 'next', us: 60 * SECOND_US }],
    [500 * SECOND_US, { kind: 'before', us: 85 * SECOND_US }],
  ])('%d leads to %j', (us, landing) => expect(land(spans, us)).toEqual(landing));

  it('leads nowhere without recordings', () => expect(land([], 5)).toEqual({ kind: 'none' }));
});

it('the cause of a hole is the gap that explains most of it', () => {
  const gap = (startUs: number, endUs: number, cause: string) => ({
    startUs,
    endUs,
    epoch: 0,
    cause,
    zh: cause,
    en: cause,
  });
  const gaps = [gap(0, 10, 'network'), gap(10, 100, 'device_offline'), gap(200, 300, 'disk')];
  expect(causeOf(gaps, 5, 90)?.cause).toBe('device_offline');
  expect(causeOf(gaps, 120, 150)).toBeNull();
});

describe('requests', () => {
  const now = NOON + HOUR_US;

  it.each([1, 3600, 86_400, 2 * 86_400, 7 * 86_400, 90 * 86_400])(
    'for %d seconds cover the scope up to now',
    (seconds) => {
      const here = scope(seconds * SECOND_US);
      const asked = blocks(here, now);
      expect(asked[0]?.startUs).toBeLessThanOrEqual(startOf(here));
      expect(asked.at(-1)?.endUs).toBeGreaterThanOrEqual(Math.min(endOf(here), now));
      expect(asked.length).toBeLessThanOrEqual(7);
      for (const block of asked) expect(block.endUs - block.startUs).toBeLessThanOrEqual(31 * DAY_US);
      for (const [index, block] of asked.slice(1).entries()) expect(block.startUs).toBe(asked[index]?.endUs);
    },
  );

  it('are the same after a little panning', () => {
    const here = scope(HOUR_US);
    expect(blocks(panBy(here, 1000, 20), now)).toEqual(blocks(here, now));
  });

  it('ask nothing of the future', () => expect(blocks(scope(HOUR_US, now + 90 * DAY_US), now)).toEqual([]));
});
