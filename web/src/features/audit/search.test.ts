import { describe, expect, it } from 'vitest';
import { dayEnd, dayStart, firstDay, lastDay, sentence } from './search';

describe('a day of the search', () => {
  it('is a day in Beijing, and both ends are said', () => {
    expect(dayStart('2026-11-20')).toBe('2026-11-19T16:00:00.000000Z');
    expect(dayEnd('2026-11-20')).toBe('2026-11-20T16:00:00.000000Z');
  });

  it('is shown as it was typed', () => {
    expect(firstDay(dayStart('2026-11-20'))).toBe('2026-11-20');
    expect(lastDay(dayEnd('2026-11-20'))).toBe('2026-11-20');
    expect(firstDay(undefined) + lastDay(undefined)).toBe('');
  });

  it('is nothing while it is not typed', () => {
    expect(dayStart('')).toBeUndefined();
    expect(dayEnd('')).toBeUndefined();
  });
});

describe('an act in the list', () => {
  it.each([
    ['{actor} signed in', 'signed in'],
    ['{actor} added {login_name} ({role_en})', 'added'],
    ['{actor} granted {person}: {scope_en}', 'granted'],
    ['the copy {file_name} expired and was removed', 'the copy expired and was removed'],
  ])('%s', (text, shown) => expect(sentence(text)).toBe(shown));
});
