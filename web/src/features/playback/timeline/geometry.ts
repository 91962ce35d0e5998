/** The timeline as arithmetic: moments in microseconds, places in CSS pixels. Nothing here draws. */
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US, startOfDay } from '@/lib/time';

export const LEAST_SPAN_US = SECOND_US;
export const MOST_SPAN_US = 90 * DAY_US;

/** What is on the screen: its middle and its width in time. */
export interface Scope {
  centreUs: number;
  spanUs: number;
}

export interface Stretch {
  startUs: number;
  endUs: number;
}

export interface Gap extends Stretch {
  epoch: number;
  cause: string;
  /** How many gaps of one pixel this stands for; 1 for a gap by itself. */
  count: number;
  /** What is not recorded of it. */
  missingUs: number;
  zh: string;
  en: string;
}

export const startOf = (scope: Scope): number => scope.centreUs - scope.spanUs / 2;
export const endOf = (scope: Scope): number => scope.centreUs + scope.spanUs / 2;

export const xOf = (scope: Scope, width: number, us: number): number => ((us - startOf(scope)) / scope.spanUs) * width;
export const usOf = (scope: Scope, width: number, x: number): number =>
  Math.round(startOf(scope) + (x / width) * scope.spanUs);

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** Change the span by `factor` while the moment `us` stays under the pointer. */
export function zoomAround(scope: Scope, us: number, factor: number): Scope {
  const spanUs = Math.round(clamp(scope.spanUs * factor, LEAST_SPAN_US, MOST_SPAN_US));
  const ratio = spanUs / scope.spanUs;
  return { spanUs, centreUs: Math.round(us + (scope.centreUs - us) * ratio) };
}

export const panBy = (scope: Scope, width: number, dx: number): Scope => ({
  ...scope,
  centreUs: Math.round(scope.centreUs - (dx / width) * scope.spanUs),
});

/** Bring a moment into the middle part of the picture; a scope that shows it well stays as it is. */
export function follow(scope: Scope, us: number): Scope {
  const margin = scope.spanUs * 0.08;
  const seen = us >= startOf(scope) + margin && us <= endOf(scope) - margin;
  return seen ? scope : { ...scope, centreUs: us };
}

/** The pixel of a strip in seconds, on a grid of powers of four: zooming a little asks for nothing anew. 0: exactly. */
export function binOf(spanUs: number, width: number): number {
  const pixelS = spanUs / Math.max(1, width) / SECOND_US;
  return pixelS < 1 ? 0 : 4 ** Math.floor(Math.log2(pixelS) / 2);
}

/** Room to the right of now, as a share of the span. */
const AFTER_NOW = 0.05;

/** The future is empty: of it only a strip is shown, and the rest of the width goes to what was. */
export function upToNow(scope: Scope, nowUs: number): Scope {
  const latest = Math.round(nowUs + scope.spanUs * AFTER_NOW - scope.spanUs / 2);
  return scope.centreUs <= latest ? scope : { ...scope, centreUs: latest };
}

const STEPS_US = [
  100_000,
  500_000,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_US),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_US),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_US),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * DAY_US),
];
const LEAST_TICK_PX = 96;

/** The unit between two labels: the smallest that leaves them room. */
export function tickStep(scope: Scope, width: number): number {
  const leastUs = (scope.spanUs / width) * LEAST_TICK_PX;
  return STEPS_US.find((step) => step >= leastUs) ?? 30 * DAY_US;
}

/** Moments to label, on round Beijing times. */
export function ticks(scope: Scope, width: number): number[] {
  const step = tickStep(scope, width);
  // Steps of hours and days count from midnight in Beijing, not in Greenwich.
  const base = startOfDay(startOf(scope));
  const first = base + Math.ceil((startOf(scope) - base) / step) * step;
  const count = Math.max(0, Math.floor((endOf(scope) - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

export interface Bar {
  x: number;
  width: number;
}

/** Stretches as runs of whole pixels: never more bars than pixels, and nothing that exists is too short to be seen. */
export function bars(stretches: readonly Stretch[], scope: Scope, width: number): Bar[] {
  const drawn: Bar[] = [];
  for (const stretch of stretches) {
    if (stretch.endUs <= startOf(scope) || stretch.startUs >= endOf(scope)) continue;
    const from = Math.floor(clamp(xOf(scope, width, stretch.startUs), 0, width));
    const to = Math.max(from + 1, Math.ceil(clamp(xOf(scope, width, stretch.endUs), 0, width)));
    const last = drawn.at(-1);
    if (last && from <= last.x + last.width) last.width = Math.max(last.width, to - last.x);
    else drawn.push({ x: from, width: to - from });
  }
  return drawn;
}

/** Runs of the same stretch that were cut at the border of two answers are one again. Input in any order. */
export function joined<T extends Stretch>(stretches: readonly T[], alike: (a: T, b: T) => boolean): T[] {
  const result: T[] = [];
  for (const next of [...stretches].sort((a, b) => a.startUs - b.startUs)) {
    const last = result.at(-1);
    if (last && next.startUs <= last.endUs && alike(last, next)) last.endUs = Math.max(last.endUs, next.endUs);
    else result.push({ ...next });
  }
  return result;
}

/** Two moments in any order as a stretch. */
export const between = (a: number, b: number): Stretch => ({ startUs: Math.min(a, b), endUs: Math.max(a, b) });

export const at = <T extends Stretch>(stretches: readonly T[], us: number): T | null =>
  stretches.find((stretch) => us >= stretch.startUs && us < stretch.endUs) ?? null;

export type Landing = { kind: 'exact' | 'next' | 'before'; us: number } | { kind: 'none' };

/** How long before its end a stretch is entered when there is nothing after the moment asked for. */
const TAIL_US = 5 * SECOND_US;

/** Where a wish to see `us` leads: there, to the next recording, or to the end of what there is. */
export function land(spans: readonly Stretch[], us: number): Landing {
  if (at(spans, us)) return { kind: 'exact', us };
  const next = spans.find((span) => span.startUs > us);
  if (next) return { kind: 'next', us: next.startUs };
  const last = spans.at(-1);
  return last ? { kind: 'before', us: Math.max(last.startUs, last.endUs - TAIL_US) } : { kind: 'none' };
}

/** The gap, or the damage, that explains most of a stretch without recording. */
export function causeOf<T extends Stretch>(stretches: readonly T[], startUs: number, endUs: number): T | null {
  const shared = (one: T) => Math.min(one.endUs, endUs) - Math.max(one.startUs, startUs);
  return stretches.reduce<T | null>(
    (best, one) => (shared(one) > Math.max(0, best ? shared(best) : 0) ? one : best),
    null,
  );
}

const LONG_BLOCK_US = 30 * DAY_US;
const SHORT_SCOPE_US = 2 * DAY_US;

/**
 * The requests that cover a scope and a margin around it: whole days when little is shown, blocks of 30 days (one
 * call may ask for 31) when much is. Blocks lie on a fixed grid, so that panning asks for nothing twice.
 */
export function blocks(scope: Scope, nowUs: number): Stretch[] {
  const size = scope.spanUs <= SHORT_SCOPE_US ? DAY_US : LONG_BLOCK_US;
  const gridZero = startOfDay(0);
  const floor = (us: number) => gridZero + Math.floor((us - gridZero) / size) * size;
  const from = floor(startOf(scope) - scope.spanUs / 4);
  const until = Math.min(endOf(scope) + scope.spanUs / 4, nowUs);
  const count = Math.max(0, Math.ceil((until - from) / size));
  return Array.from({ length: count }, (_, index) => ({
    startUs: from + index * size,
    endUs: from + (index + 1) * size,
  }));
}
