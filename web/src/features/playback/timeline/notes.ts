/** What there is at a moment of the strip, in words: for the pointer, the keyboard and the table. */
import type { TFunction } from 'i18next';
import { durationWords } from '@/lib/duration';
import { inLanguage, type Language } from '@/lib/i18n';
import { dateTimeOf } from '@/lib/time';
import type { Gap, Stretch } from './geometry';
import type { Note } from './useMoments';

/** A moment, or several short gaps in one pixel, is pointed at within this many pixels. */
const NEAR_PX = 5;

/** Notes at a moment; `perPxUs`: how much time a pixel is. */
export function notesAt(notes: readonly Note[], us: number, perPxUs: number): Note[] {
  const near = perPxUs * NEAR_PX;
  return notes.filter((note) => touches(note, us, note.endUs - note.startUs < 2 * near ? near : 0));
}

const touches = ({ startUs, endUs }: Stretch, us: number, slackUs: number): boolean =>
  us >= startUs - slackUs && us <= endUs + slackUs;

/** Of gaps that are shorter than a pixel: those under the pointer. */
export const smallGapsAt = (gaps: readonly Gap[], us: number, perPxUs: number): Gap[] =>
  gaps.filter((gap) => gap.count > 1 && touches(gap, us, perPxUs * NEAR_PX));

export function gapWords(gap: Gap, t: TFunction, language: Language): string {
  const cause = inLanguage(gap, language);
  if (gap.count === 1) return t('timeline.gap', { cause });
  return t('timeline.gaps', { count: gap.count, duration: durationWords(gap.missingUs, t), cause });
}

export function noteWords(note: Note, t: TFunction, language: Language): string {
  switch (note.kind) {
    case 'hold':
      return t('note.hold', { reason: note.reason, by: note.by });
    case 'event':
      return note.count === 1
        ? t('note.event', { name: note.name })
        : t('note.events', { count: note.count, name: note.name });
    case 'alert':
      return t('note.alert', { title: inLanguage(note, language) });
    case 'clock':
      return note.stepMs === null
        ? t('note.clockUnknown')
        : t(note.stepMs < 0 ? 'note.clockBack' : 'note.clockForward', {
            duration: durationWords(Math.abs(note.stepMs) * 1000, t),
          });
    case 'mark':
      return t('note.mark', { name: note.name, by: note.by });
    case 'copy':
      return t(note.state === 'ready' || note.state === 'expired' ? 'note.copied' : 'note.copying', {
        by: note.by,
        time: dateTimeOf(note.createdUs),
      });
  }
}
