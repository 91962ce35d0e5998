/** A week's plan as stretches of minutes. Pure; days are 1 (Monday) to 7, minutes 0 to 1440 of Beijing time. */
import type { WeeklyRange } from '@/api';

export const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
export const DAY_MINUTES = 1440;
/** What a drag over the grid snaps to; what is typed is exact to the minute. */
export const SNAP_MINUTES = 30;

export interface Stretch {
  from: number;
  to: number;
}

/** Stretches by day: in order, apart from each other, none empty. */
export type Week = Readonly<Record<number, readonly Stretch[]>>;

function merged(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  const sorted = stretches.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from);
  for (const next of sorted) {
    const last = result.at(-1);
    if (last && next.from <= last.to) last.to = Math.max(last.to, next.to);
    else result.push({ ...next });
  }
  return result;
}

const without = (stretches: readonly Stretch[], hole: Stretch): Stretch[] =>
  stretches.flatMap(({ from, to }) => [
    ...(from < hole.from ? [{ from, to: Math.min(to, hole.from) }] : []),
    ...(to > hole.to ? [{ from: Math.max(from, hole.to), to }] : []),
  ]);

export function emptyWeek(): Week {
  return Object.fromEntries(DAYS.map((day) => [day, []]));
}

/** Mark (or clear) the same stretch on some days. */
export function painted(week: Week, days: readonly number[], stretch: Stretch, mark: boolean): Week {
  const changed = days.map((day) => {
    const before = week[day] ?? [];
    return [day, mark ? merged([...before, stretch]) : without(before, stretch)];
  });
  return { ...week, ...Object.fromEntries(changed) };
}

export const isMarked = (week: Week, day: number, minute: number): boolean =>
  (week[day] ?? []).some(({ from, to }) => minute >= from && minute < to);

/** The days between two, in either direction. */
export const daysBetween = (a: number, b: number): number[] =>
  DAYS.filter((day) => day >= Math.min(a, b) && day <= Math.max(a, b));

/** From where a drag began to where it is, over whole cells, in either direction. */
export const dragged = (fromMinute: number, toMinute: number): Stretch => {
  const cell = (minute: number) => Math.floor(Math.min(DAY_MINUTES - 1, Math.max(0, minute)) / SNAP_MINUTES);
  const [first, last] = [cell(Math.min(fromMinute, toMinute)), cell(Math.max(fromMinute, toMinute))];
  return { from: first * SNAP_MINUTES, to: (last + 1) * SNAP_MINUTES };
};

const two = (value: number) => String(value).padStart(2, '0');
export const minuteWords = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** `08:00-12:00, 14:00-18:00`, as it is shown and typed. */
export const dayWords = (stretches: readonly Stretch[]): string =>
  stretches.map(({ from, to }) => `${minuteWords(from)}-${minuteWords(to)}`).join(', ');

const TYPED = /^(\d{1,2})[:：](\d{2})\s*[-–—~～至]\s*(\d{1,2})[:：](\d{2})$/;

/** What was typed for a day; null when it cannot be understood. Nothing typed is nothing planned. */
export function parseDay(text: string): Stretch[] | null {
  const parts = text
    .split(/[,，、;；]/)
    .map((part) => part.trim())
    .filter(Boolean);
  const stretches = parts.map(parseStretch);
  return stretches.every((one) => one !== null) ? merged(stretches) : null;
}

function parseStretch(text: string): Stretch | null {
  const [h1, m1, h2, m2] = (TYPED.exec(text) ?? []).slice(1).map(Number);
  if (h1 === undefined || m1 === undefined || h2 === undefined || m2 === undefined || m1 > 59 || m2 > 59) return null;
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2];
  return from < to && to <= DAY_MINUTES ? { from, to } : null;
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

export function weekOf(ranges: readonly WeeklyRange[]): Week {
  return ranges.reduce<Week>(
    (week, { day, from, to }) => painted(week, [day], { from: minuteOf(from), to: minuteOf(to) }, true),
    emptyWeek(),
  );
}

export const rangesOf = (week: Week): WeeklyRange[] =>
  DAYS.flatMap((day) =>
    (week[day] ?? []).map(({ from, to }) => ({ day, from: minuteWords(from), to: minuteWords(to) })),
  );

export const minutesOf = (week: Week): number =>
  DAYS.reduce((sum, day) => sum + (week[day] ?? []).reduce((all, { from, to }) => all + to - from, 0), 0);

const DAY_WORK: Stretch = { from: 8 * 60, to: 18 * 60 };

export const PRESETS = {
  workdays: () => painted(emptyWeek(), [1, 2, 3, 4, 5], DAY_WORK, true),
  nights: () =>
    painted(painted(emptyWeek(), DAYS, { from: 0, to: 7 * 60 }, true), DAYS, { from: 19 * 60, to: DAY_MINUTES }, true),
  all: () => painted(emptyWeek(), DAYS, { from: 0, to: DAY_MINUTES }, true),
  none: emptyWeek,
} as const;
