import { describe, expect, it } from 'vitest';
import type { LawAnswer } from '@/api';
import { minimumDays, minimumYears, partyVerdict, verdictOf } from './verdict';

const said = (values: LawAnswer['values']) => ({ values });

describe('a question of yes or no', () => {
  it.each([
    [{ prohibited: true }, 'yes'],
    [{ prohibited: false }, 'no'],
    [{ prohibited: false, silent: true }, 'silent'],
    [{ prohibited: 'review' }, 'review'],
    [{ prohibited: 'review', silent: true }, 'review'],
    [{ prohibited: false, silent: true, text_available: false }, 'review'],
    [{ prohibited: null }, 'review'],
    [{ prohibited: 'perhaps' }, 'review'],
    [{}, 'review'],
  ] as const)('%j is %s', (values, verdict) => expect(verdictOf(said(values), 'prohibited')).toBe(verdict));
});

describe('a question of who', () => {
  it.each([
    [{ party: 'government' }, 'yes'],
    [{ party: 'not_specified_by_instrument' }, 'silent'],
    [{ party: 'review' }, 'review'],
    [{ party: null }, 'review'],
    [{}, 'review'],
  ] as const)('%j is %s', (values, verdict) => expect(partyVerdict(said(values))).toBe(verdict));
});

it('a minimum is a number or none', () => {
  expect(minimumDays(said({ min_days: 30 }))).toBe(30);
  expect(minimumDays(said({ min_days: null }))).toBeNull();
  expect(minimumDays(said({ min_days: 'review' }))).toBeNull();
  expect(minimumYears(said({ min_years: 2 }))).toBe(2);
  expect(minimumYears(said({}))).toBeNull();
});
