/** Completeness of days: words and the calendar. Pure. */
import type { DayOfChannel } from '@/api';
import { DAY_US, dateOf, startOfDay } from '@/lib/time';

export const SHOWN_DAYS = 31;

/** The first and the last of the days shown, as `2026-11-20`. */
export const shownDays = (nowUs: number): [string, string] => [
  dateOf(nowUs - (SHOWN_DAYS - 1) * DAY_US),
  dateOf(nowUs),
];

/** Everything planned is there only when it is: 99.999 % is not written as 100 %. Null: nothing was planned. */
export function percentOf({
  planned_us,
  recorded_us,
}: Pick<DayOfChannel, 'planned_us' | 'recorded_us'>): number | null {
  if (planned_us <= 0) return null;
  const percent = (recorded_us / planned_us) * 100;
  if (percent >= 100) return 100;
  return Math.min(99.9, Math.floor(percent * 10) / 10);
}

export type Grade = 'whole' | 'nearly' | 'partly' | 'poor' | 'unplanned' | 'unknown';

export function gradeOf(percent: number | null): Grade {
  if (percent === null) return 'unplanned';
  if (percent === 100) return 'whole';
  if (percent >= 99) return 'nearly';
  return percent >= 90 ? 'partly' : 'poor';
}

export interface Cell {
  day: string;
  /** Null: the server has no row for the day. */
  found: DayOfChannel | null;
}

/** 0 is Monday. */
export const weekdayOf = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;

/** Weeks of seven, beginning on Monday; null before the first day and after the last. */
export function calendar(items: readonly DayOfChannel[], nowUs: number): (Cell | null)[][] {
  const byDay = new Map(items.map((one) => [one.day, one]));
  const first = startOfDay(nowUs) - (SHOWN_DAYS - 1) * DAY_US;
  const cells: (Cell | null)[] = Array.from({ length: SHOWN_DAYS }, (_, index) => {
    const day = dateOf(first + index * DAY_US);
    return { day, found: byDay.get(day) ?? null };
  });
  const lead = weekdayOf(cells[0]?.day ?? '');
  const padded = [...Array<null>(lead).fill(null), ...cells];
  while (padded.length % 7 !== 0) padded.push(null);
  return Array.from({ length: padded.length / 7 }, (_, week) => padded.slice(week * 7, week * 7 + 7));
}
