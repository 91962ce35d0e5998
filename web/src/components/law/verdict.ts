import type { LawAnswer } from '@/api';

/**
 * What an answer comes to. `silent`: no text speaks of it, which is no leave. What is not understood is for people:
 * never read as leave, never as a ban.
 */
export type Verdict = 'yes' | 'no' | 'silent' | 'review';

/** The verdict of an answer on a question of yes or no. */
export function verdictOf({ values }: Pick<LawAnswer, 'values'>, key: string): Verdict {
  const value = values[key];
  if (value === true) return 'yes';
  if (value !== false || values.text_available === false) return 'review';
  return values.silent === true ? 'silent' : 'no';
}

const UNNAMED = 'not_specified_by_instrument';

/** Who is named: `yes` when somebody is, `silent` when the texts name nobody. */
export function partyVerdict({ values }: Pick<LawAnswer, 'values'>): Exclude<Verdict, 'no'> {
  const { party } = values;
  if (party === UNNAMED) return 'silent';
  return typeof party === 'string' && party !== 'review' ? 'yes' : 'review';
}

/** Whole days that footage must stay at least; null when the texts give no number. */
export function minimumDays({ values }: Pick<LawAnswer, 'values'>): number | null {
  return typeof values.min_days === 'number' ? values.min_days : null;
}

/** Whole years, where a text counts in years; null when none does. */
export function minimumYears({ values }: Pick<LawAnswer, 'values'>): number | null {
  return typeof values.min_years === 'number' ? values.min_years : null;
}
