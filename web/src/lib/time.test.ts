import { describe, expect, it } from 'vitest';
import {
  addressTimeOf,
  clockOf,
  clockTyped,
  dateTimeOf,
  dayTyped,
  durationOf,
  HOUR_US,
  isoOf,
  microsOf,
  parseAddressTime,
  parseMoment,
  SECOND_US,
  startOfDay,
} from './time';

const NOON = microsOf('2026-11-20T04:00:00.000000Z');

describe('moments of the API', () => {
  it.each([
    ['1970-01-01T00:00:00.000001Z', 1],
    ['2026-11-20T06:03:00.123456Z', 1795154580123456],
    ['2026-11-20T06:03:00Z', 1795154580000000],
    ['2026-11-20T14:03:00.5+08:00', 1795154580500000],
  ])('%s is %d', (iso, us) => expect(microsOf(iso)).toBe(us));

  it('keeps every microsecond there and back', () => {
    for (const us of [0, 1, 999_999, 1_000_000, 1795154580123456]) expect(microsOf(isoOf(us))).toBe(us);
  });

  it('writes whole microseconds also for a fraction that would round up to a second', () => {
    expect(isoOf(1_999_999.7)).toBe('1970-01-01T00:00:02.000000Z');
  });

  it.each(['', 'yesterday', '2026-11-20T06:03:00', '2026-13-20T06:03:00Z'])('refuses %j', (text) =>
    expect(microsOf(text)).toBeNaN(),
  );
});

describe('Beijing time, whatever the zone of the machine', () => {
  it('shows the wall clock of the place', () => {
    expect(new Date(0).getTimezoneOffset()).not.toBe(-480);
    expect(dateTimeOf(NOON)).toBe('2026-11-20 12:00:00');
    expect(clockOf(NOON + 13 * HOUR_US)).toBe('01:00:00');
  });

  it('begins its days at its own midnight', () => {
    expect(dateTimeOf(startOfDay(NOON))).toBe('2026-11-20 00:00:00');
    expect(startOfDay(startOfDay(NOON))).toBe(startOfDay(NOON));
    expect(dateTimeOf(startOfDay(startOfDay(NOON) - 1))).toBe('2026-11-19 00:00:00');
  });
});

describe('what a person types', () => {
  it.each([
    ['2026-11-20 14:03', '2026-11-20 14:03:00'],
    ['2026-11-20 14:03:07', '2026-11-20 14:03:07'],
    ['2026/1/2 3:04', '2026-01-02 03:04:00'],
    ['2026-11-20T14:03', '2026-11-20 14:03:00'],
    ['14:03', '2026-11-20 14:03:00'],
    ['9：05', '2026-11-20 09:05:00'],
    ['11-19 23:59:59', '2026-11-19 23:59:59'],
    ['2026-11-19', '2026-11-19 00:00:00'],
    ['昨天 14:03', '2026-11-19 14:03:00'],
    ['昨天14:03', '2026-11-19 14:03:00'],
    ['昨天14点03分', '2026-11-19 14:03:00'],
    ['yesterday 14:03', '2026-11-19 14:03:00'],
    ['Today 9:05:01', '2026-11-20 09:05:01'],
    ['昨日', '2026-11-19 00:00:00'],
    ['前天下午2点半', '2026-11-18 14:30:00'],
    ['今天凌晨 3点', '2026-11-20 03:00:00'],
    ['晚上 8:15', '2026-11-20 20:15:00'],
    ['11月19日 14时3分5秒', '2026-11-19 14:03:05'],
    ['2025年12月31日 23:59', '2025-12-31 23:59:00'],
    ['5 分钟前', '2026-11-20 11:55:00'],
    ['2小时前', '2026-11-20 10:00:00'],
    ['3 minutes ago', '2026-11-20 11:57:00'],
  ])('%s means %s', (typed, meant) => expect(dateTimeOf(parseMoment(typed, NOON) ?? 0)).toBe(meant));

  it.each([
    '',
    'now',
    '25:00',
    '昨天 25:00',
    '昨天前天 14:03',
    '13月1日',
    '下午',
    '99点',
    '14:60',
    '2026-02-30 10:00',
    '2026-13-01 10:00',
    '14',
  ])('%j is no moment', (typed) => expect(parseMoment(typed, NOON)).toBeNull());
});

describe('a day or a time of day that is typed', () => {
  it.each([
    ['2026-11-20', '2026-11-20'],
    ['2026/1/2', '2026-01-02'],
    ['20261120', '2026-11-20'],
    ['２０２６１１２０', '2026-11-20'],
    ['3-2', '2026-03-02'],
    ['11月5日', '2026-11-05'],
    ['昨天', '2026-11-19'],
    ['2026-02-30', null],
    ['14:03', null],
    ['2026-11-20 14:03', null],
    ['校门口', null],
    ['', null],
  ])('the day %j', (text, day) => expect(dayTyped(text, NOON)).toBe(day));

  it.each([
    ['08:30', '08:30'],
    ['8:30', '08:30'],
    ['8：30', '08:30'],
    ['830', '08:30'],
    ['2000', '20:00'],
    ['8', '08:00'],
    ['8点半', '08:30'],
    ['下午2点', '14:00'],
    ['24:00', null],
    ['25', null],
    ['960', null],
    ['2026-11-20', null],
    ['5 分钟前', null],
    ['', null],
  ])('the time %j', (text, clock) => expect(clockTyped(text, NOON)).toBe(clock));
});

describe('the moment in an address', () => {
  it('comes back as it was written', () => expect(parseAddressTime(addressTimeOf(NOON))).toBe(NOON));

  it.each(['2026-11-20T12:00:00 08:00', '2026-11-20T04:00:00Z', '2026-11-20T12:00:00', '2026-11-20 12:00:00'])(
    'is understood as %j',
    (text) => expect(parseAddressTime(text)).toBe(NOON),
  );

  it.each([null, '', 'soon'])('is missing in %j', (text) => expect(parseAddressTime(text)).toBeNull());
});

it('takes a duration apart', () => {
  expect(durationOf(26 * HOUR_US + 130 * SECOND_US)).toEqual({ days: 1, hours: 2, minutes: 2, seconds: 10 });
});
