import type { TFunction } from 'i18next';
import type { HoursOfWeek } from '@/api';

const clock = (minute: number): string =>
  `${`${Math.floor(minute / 60)}`.padStart(2, '0')}:${`${minute % 60}`.padStart(2, '0')}`;

/** Hours of the week as people read them; days with the same hours stand together. */
export function hoursWords(hours: readonly HoursOfWeek[], t: TFunction): string {
  const days = new Map<string, number[]>();
  for (const one of hours) {
    const span = `${clock(one.from_minute)}–${clock(one.until_minute)}`;
    days.set(span, [...(days.get(span) ?? []), one.day]);
  }
  return [...days]
    .map(([span, some]) => `${some.map((day) => t(`weekday.${day as 1 | 2 | 3 | 4 | 5 | 6 | 7}`)).join(' ')} ${span}`)
    .join(' · ');
}

/** The minute of `08:30`; null for what is no time of a day. `24:00` ends a day. */
export function minuteOf(text: string): number | null {
  const found = /^([01][0-9]|2[0-4]):([0-5][0-9])$/.exec(text);
  if (!found) return null;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return minute <= 1440 ? minute : null;
}

/** The same hours on some days; what crosses midnight is two stretches. */
export function hoursOn(days: readonly number[], from: number, until: number): HoursOfWeek[] {
  if (from < until) return days.map((day) => ({ day, from_minute: from, until_minute: until }));
  return days.flatMap((day) => [
    { day, from_minute: from, until_minute: 1440 },
    ...(until > 0 ? [{ day: (day % 7) + 1, from_minute: 0, until_minute: until }] : []),
  ]);
}
