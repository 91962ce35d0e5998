import { describe, expect, it } from 'vitest';
import {
  daysBetween,
  dayWords,
  dragged,
  emptyWeek,
  isMarked,
  minutesOf,
  PRESETS,
  painted,
  parseDay,
  rangesOf,
  weekOf,
} from './weekly';

const H = 60;

describe('painting', () => {
  it('joins what touches and keeps apart what does not', () => {
    const week = [
      { from: 8 * H, to: 10 * H },
      { from: 12 * H, to: 13 * H },
      { from: 10 * H, to: 11 * H },
    ].reduce((before, stretch) => painted(before, [1, 2], stretch, true), emptyWeek());
    expect(dayWords(week[2] ?? [])).toBe('08:00-11:00, 12:00-13:00');
    expect(week[3]).toEqual([]);
  });

  it('clears the middle of a stretch and leaves both ends', () => {
    const week = painted(PRESETS.all(), [5], { from: 9 * H, to: 17 * H }, false);
    expect(dayWords(week[5] ?? [])).toBe('00:00-09:00, 17:00-24:00');
    expect(dayWords(week[4] ?? [])).toBe('00:00-24:00');
  });

  it('does not change the week it began with', () => {
    const before = PRESETS.workdays();
    painted(before, [1], { from: 0, to: 24 * H }, true);
    expect(dayWords(before[1] ?? [])).toBe('08:00-18:00');
  });

  it('knows what is marked: the end is not', () => {
    const week = PRESETS.workdays();
    expect([8 * H - 1, 8 * H, 18 * H - 1, 18 * H].map((minute) => isMarked(week, 1, minute))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isMarked(week, 6, 9 * H)).toBe(false);
  });
});

describe('a drag', () => {
  it.each([
    [10 * H + 5, 10 * H + 5, { from: 10 * H, to: 10.5 * H }],
    [10 * H + 5, 11 * H + 40, { from: 10 * H, to: 12 * H }],
    [11 * H + 40, 10 * H + 5, { from: 10 * H, to: 12 * H }],
    [23 * H + 45, 99 * H, { from: 23.5 * H, to: 24 * H }],
    [5, -500, { from: 0, to: 0.5 * H }],
  ])('from %d to %d covers whole cells', (from, to, stretch) => expect(dragged(from, to)).toEqual(stretch));

  it('goes over days in both directions', () => {
    expect(daysBetween(2, 4)).toEqual([2, 3, 4]);
    expect(daysBetween(7, 6)).toEqual([6, 7]);
  });
});

describe('what is typed', () => {
  it.each([
    ['', ''],
    ['8:00-18:00', '08:00-18:00'],
    ['08:15 – 09:00，14:00～24:00', '08:15-09:00, 14:00-24:00'],
    ['14:00-18:00; 08:00-15:00', '08:00-18:00'],
    ['8：00至9：30', '08:00-09:30'],
  ])('%s is understood', (text, words) => expect(dayWords(parseDay(text) ?? [])).toBe(words));

  it.each(['8-18', '18:00-08:00', '08:00-08:00', '08:00-24:01', '08:61-09:00', 'all day'])('%s is not', (text) =>
    expect(parseDay(text)).toBeNull(),
  );
});

describe('a week of the API', () => {
  it('comes back as it was', () => {
    const ranges = [
      { day: 1, from: '00:00', to: '06:30' },
      { day: 1, from: '19:05', to: '24:00' },
      { day: 7, from: '12:00', to: '13:00' },
    ];
    expect(rangesOf(weekOf(ranges))).toEqual(ranges);
  });

  it('has its presets', () => {
    expect(minutesOf(PRESETS.all())).toBe(7 * 1440);
    expect(minutesOf(PRESETS.workdays())).toBe(5 * 600);
    expect(minutesOf(PRESETS.nights())).toBe(7 * 12 * 60);
    expect(minutesOf(PRESETS.none())).toBe(0);
  });
});
