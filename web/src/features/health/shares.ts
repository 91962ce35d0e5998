/** Completeness as people read it. Pure. */
import { DAY_US, dateOf } from '@/lib/time';

/** The first and the last day of so many, today included: `2026-11-20`. */
export const rangeOf = (nowUs: number, days: number): [string, string] => [
  dateOf(nowUs - (days - 1) * DAY_US),
  dateOf(nowUs),
];

/** A share of the first moments after a start says nothing: it is written down every ten minutes. */
export const isCounted = (plannedUs: number): boolean => plannedUs >= 600_000_000;

/** Percent with two digits, cut: 99.999 % is not written as 100 %. Null: nothing was planned. */
export function percentOf(recordedUs: number, plannedUs: number): string | null {
  if (plannedUs <= 0) return null;
  if (recordedUs >= plannedUs) return '100';
  return (Math.floor((recordedUs / plannedUs) * 10_000) / 100).toFixed(2);
}

export type Grade = 'whole' | 'partly' | 'poor';

/** 99 % and more is well; below 90 % somebody has to go there. */
export function gradeOf(recordedUs: number, plannedUs: number): Grade {
  if (plannedUs <= 0 || recordedUs >= 0.99 * plannedUs) return 'whole';
  return recordedUs >= 0.9 * plannedUs ? 'partly' : 'poor';
}
