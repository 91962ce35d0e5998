import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf } from '@/lib/time';
import { endOf, type Gap, type Scope, type Stretch, startOf } from './geometry';
import { gapWords, noteWords } from './notes';
import { repeatedAt } from './runs';
import type { Note } from './useMoments';
import type { Damage, Recorded } from './useTimeline';

const MOST_ROWS = 100;

type Row = Stretch & { epoch: number | null; gap: Gap | null; damage: Damage | null; note: Note | null };

/** The strip in words, for screen readers: the same stretches, each with a button that goes there. */
export function TimelineTable({
  recorded,
  notes,
  scope,
  onSeek,
}: {
  recorded: Recorded;
  notes: readonly Note[];
  scope: Scope;
  onSeek: (us: number, epoch: number | null) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const rows = rowsIn(recorded, notes, scope);
  const wordsOf = ({ gap, damage, note, startUs, epoch }: Row) => {
    if (note) return noteWords(note, t, language);
    if (gap) return gapWords(gap, t, language);
    if (damage) return t('timeline.damage', { kind: inLanguage(damage, language) });
    const zone = repeatedAt(recorded.zones, startUs);
    if (!zone || epoch === null) return t('timeline.recorded');
    const run = t('timeline.run', { number: zone.epochs.indexOf(epoch) + 1, total: zone.epochs.length });
    return `${t('timeline.recorded')} ${run}`;
  };
  return (
    <table className="unseen" id="timeline-table">
      <caption>{t('timeline.caption', { from: dateTimeOf(startOf(scope)), to: dateTimeOf(endOf(scope)) })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('timeline.kind')}</th>
          <th scope="col">{t('timeline.from')}</th>
          <th scope="col">{t('timeline.to')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={`${row.epoch}-${row.startUs}-${row.gap?.cause ?? row.damage?.kind ?? (row.note ? row.note.kind + row.note.id : '')}`}
          >
            <td>{wordsOf(row)}</td>
            <td>
              {row.gap ? (
                dateTimeOf(row.startUs)
              ) : (
                <button type="button" tabIndex={-1} onClick={() => onSeek(row.startUs, row.epoch)}>
                  {dateTimeOf(row.startUs)}
                </button>
              )}
            </td>
            <td>{dateTimeOf(row.endUs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rowsIn({ spans, gaps, damage }: Recorded, notes: readonly Note[], scope: Scope): Row[] {
  return [
    ...spans.map((span) => ({ ...span, gap: null, damage: null, note: null })),
    ...gaps.map((gap) => ({ ...gap, gap, damage: null, note: null })),
    ...damage.map((one) => ({ ...one, gap: null, damage: one, note: null })),
    ...notes.map((note) => ({ startUs: note.startUs, endUs: note.endUs, epoch: null, gap: null, damage: null, note })),
  ]
    .filter((row) => row.endUs >= startOf(scope) && row.startUs < endOf(scope))
    .sort((a, b) => a.startUs - b.startUs)
    .slice(0, MOST_ROWS);
}
