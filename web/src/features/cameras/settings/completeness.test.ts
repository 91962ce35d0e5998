import { describe, expect, it } from 'vitest';
import type { DayOfChannel } from '@/api';
import { microsOf } from '@/lib/time';
import { calendar, gradeOf, percentOf, shownDays, weekdayOf } from './completeness';

const NOW = microsOf('2026-11-21T13:30:00Z');
const day = (text: string, planned: number, recorded: number): DayOfChannel => ({
  channel_id: 'c',
  day: text,
  planned_us: planned,
  recorded_us: recorded,
  missing: [],
  unexplained_us: 0,
  final: true,
});

it.each([
  [86_400e6, 86_400e6, 100, 'whole'],
  [86_400e6, 86_399e6, 99.9, 'nearly'],
  [1000, 995, 99.5, 'nearly'],
  [1000, 901, 90.1, 'partly'],
  [1000, 3, 0.3, 'poor'],
  [1000, 0, 0, 'poor'],
  [0, 0, null, 'unplanned'],
] as const)('%d planned and %d recorded are %s percent, %s', (planned, recorded, percent, grade) => {
  expect(percentOf(day('2026-11-20', planned, recorded))).toBe(percent);
  expect(gradeOf(percent)).toBe(grade);
});

describe('the calendar', () => {
  const weeks = calendar([day('2026-11-20', 10, 10)], NOW);
  const cells = weeks.flat().filter((cell) => cell !== null);

  it('has the last 31 days of Beijing, today included', () => {
    expect(cells).toHaveLength(31);
    expect([cells[0]?.day, cells.at(-1)?.day]).toEqual(shownDays(NOW));
    expect(shownDays(NOW)).toEqual(['2026-10-22', '2026-11-21']);
  });

  it('has Mondays in its first column', () => {
    expect(weekdayOf('2026-11-16')).toBe(0);
    for (const week of weeks) {
      expect(week).toHaveLength(7);
      week.forEach((cell, column) => {
        if (cell) expect(weekdayOf(cell.day)).toBe(column);
      });
    }
  });

  it('knows which days the server told of', () => {
    expect(cells.filter((cell) => cell.found).map((cell) => cell.day)).toEqual(['2026-11-20']);
  });
});
