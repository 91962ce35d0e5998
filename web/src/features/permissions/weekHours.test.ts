import type { TFunction } from 'i18next';
import { describe, expect, it } from 'vitest';
import { hoursOn, hoursWords, minuteOf } from './weekHours';

const t = ((key: string) => key.replace('weekday.', 'd')) as unknown as TFunction;

describe('hours of the week', () => {
  it.each([
    ['08:30', 510],
    ['00:00', 0],
    ['24:00', 1440],
    ['24:01', null],
    ['25:00', null],
    ['8:30', null],
    ['', null],
  ])('%s is the minute %s', (text, minute) => expect(minuteOf(text)).toBe(minute));

  it('hold on each of the days', () =>
    expect(hoursOn([1, 5], 480, 1080)).toEqual([
      { day: 1, from_minute: 480, until_minute: 1080 },
      { day: 5, from_minute: 480, until_minute: 1080 },
    ]));

  it('go over midnight into the next day, from Sunday to Monday too', () =>
    expect(hoursOn([7], 1320, 360)).toEqual([
      { day: 7, from_minute: 1320, until_minute: 1440 },
      { day: 1, from_minute: 0, until_minute: 360 },
    ]));

  it('are said once for all days that have them', () =>
    expect(hoursWords(hoursOn([1, 2], 480, 1080), t)).toBe('d1 d2 08:00–18:00'));
});
