import { useTranslation } from 'react-i18next';
import { serverNowUs } from '@/lib/clock';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf, SECOND_US } from '@/lib/time';
import { at, type Scope } from './geometry';
import { HoverPicture } from './HoverPicture';
import { gapWords, notesAt, noteWords, smallGapsAt } from './notes';
import { repeatedAt } from './runs';
import styles from './Timeline.module.css';
import { snap, stepOf, type Thumbnails } from './thumbnails';
import type { Note } from './useMoments';
import type { Recorded } from './useTimeline';

interface HoverProps {
  scope: Scope;
  recorded: Recorded;
  notes: readonly Note[];
  thumbnails: Thumbnails | null;
  /** Where: a moment, and the run of the server's clock where there is a choice. */
  us: number;
  epoch: number | null;
  x: number;
  width: number;
}

const MOST_NOTES = 5;

/** What is at a moment of the strip, in words and with a picture. */
export function Hover({ scope, recorded, notes, thumbnails, us, epoch, x, width }: HoverProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const zone = repeatedAt(recorded.zones, us);
  const here = <T extends { epoch: number }>(all: readonly T[]) =>
    epoch === null ? all : all.filter((one) => one.epoch === epoch);
  const span = at(here(recorded.spans), us);
  const damage = at(here(recorded.damage), us);
  const perPxUs = scope.spanUs / Math.max(1, width);
  const gap = span
    ? null
    : at(
        here(recorded.gaps).filter((one) => one.count === 1),
        us,
      );
  const small = smallGapsAt(here(recorded.gaps), us, perPxUs)[0];
  const found = notesAt(notes, us, perPxUs);
  return (
    <div
      className={`${styles.hover} tabular`}
      style={{ left: Math.max(150, Math.min(width - 150, x)) }}
      data-testid="timeline-hover"
    >
      {thumbnails && span && (
        <HoverPicture thumbnails={thumbnails} us={snap(us, stepOf(scope.spanUs, width), span.startUs)} epoch={epoch} />
      )}
      {scope.spanUs < 20 * SECOND_US
        ? `${dateTimeOf(us)}.${String(Math.floor((us % SECOND_US) / 1000)).padStart(3, '0')}`
        : dateTimeOf(us)}
      {zone && epoch !== null && (
        <span className={styles.run}>
          {t('timeline.run', { number: zone.epochs.indexOf(epoch) + 1, total: zone.epochs.length })}
        </span>
      )}
      {damage && <span className={styles.cause}>{t('timeline.damage', { kind: inLanguage(damage, language) })}</span>}
      {gap && <span className={styles.cause}>{gapWords(gap, t, language)}</span>}
      {small && <span className={styles.cause}>{gapWords(small, t, language)}</span>}
      {!gap && !span && us < serverNowUs() && <span className={styles.cause}>{t('timeline.nothing')}</span>}
      {found.slice(0, MOST_NOTES).map((note) => (
        <span key={note.kind + note.id} className={styles.note} data-kind={note.kind}>
          {noteWords(note, t, language)}
        </span>
      ))}
      {found.length > MOST_NOTES && (
        <span className={styles.note}>{t('note.more', { count: found.length - MOST_NOTES })}</span>
      )}
    </div>
  );
}
