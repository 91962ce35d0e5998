import type { AuditSearch } from '@/lib/server';
import { DAY_US, dateOf, isoOf, microsOf, parseAddressTime } from '@/lib/time';

export const NOTHING: AuditSearch = {};

/** The first moment of a day in Beijing, as the server reads times; nothing for no day. */
export function dayStart(day: string): string | undefined {
  const us = parseAddressTime(`${day}T00:00:00+08:00`);
  return us === null ? undefined : isoOf(us);
}

/** The first moment of the day behind it. */
export function dayEnd(day: string): string | undefined {
  const us = parseAddressTime(`${day}T00:00:00+08:00`);
  return us === null ? undefined : isoOf(us + DAY_US);
}

/** The days that a search holds, as its fields show them. */
export const firstDay = (from: string | undefined): string => (from ? dateOf(microsOf(from)) : '');
export const lastDay = (to: string | undefined): string => (to ? dateOf(microsOf(to) - DAY_US) : '');

/** What an act is called in a list: its sentence without what each entry fills in. */
export const sentence = (text: string): string =>
  text
    .replaceAll(/\{\w+\}/g, ' ')
    .replaceAll(/[（(]\s*[）)]/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[:：，,]\s*$/g, '')
    .trim();
