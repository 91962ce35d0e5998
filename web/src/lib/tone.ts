import { create } from 'zustand';
import { keep, kept } from '@/lib/drafts';
import { isTone, type Tone } from '@/lib/theme';

/** `page`: each page as it was made, dark for the duty room and light for forms. */
export const TONE_CHOICES = ['page', 'dark', 'light'] as const;
export type ToneChoice = (typeof TONE_CHOICES)[number];

export const isToneChoice = (value: unknown): value is ToneChoice => TONE_CHOICES.some((known) => known === value);

const REMEMBERED = 'tone';

function remembered(): ToneChoice {
  const choice = kept(REMEMBERED);
  return isToneChoice(choice) ? choice : 'page';
}

export const useToneChoice = create<{ choice: ToneChoice }>(() => ({ choice: remembered() }));

/** The windows of one desk look the same. */
export const followOtherWindows = (): void =>
  window.addEventListener('storage', (event) => {
    if (event.key?.endsWith(REMEMBERED)) useToneChoice.setState({ choice: remembered() });
  });

export function chooseTone(choice: ToneChoice): void {
  keep(REMEMBERED, choice);
  useToneChoice.setState({ choice });
}

/** The tone to show something in that was made for `own`. */
export const toned = (choice: ToneChoice, own: Tone): Tone => (isTone(choice) ? choice : own);

export const useToned = (own: Tone): Tone => useToneChoice(({ choice }) => toned(choice, own));
