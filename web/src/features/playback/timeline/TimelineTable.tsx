import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf } from '@/lib/time';
import { endOf, type Gap, type Scope, type Stretch, startOf } from './geometry';
import { repeatedAt } from './runs';
import type { Damage, Recorded } from './useTimeline';

const MOST_ROWS = 100;

type Row = Stretch & { epoch: number; gap: Gap | null; damage: Damage | null };

/** The strip in words, for screen readers: the same stretches, each with a button that goes there. */
export function TimelineTable({
  recorded,
  scope,
  onSeek,
}: {
  recorded: Recorded;
  scope: Scope;
  onSeek: (us: number, epoch: number | null) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const rows = rowsIn(recorded, scope);
  const wordsOf = ({ gap, damage, startUs, epoch }: Row) => {
    if (gap) return t('timeline.gap', { cause: inLanguage(gap, language) });
    if (damage) return t('timeline.damage', { kind: inLanguage(damage, language) });
    const zone = repeatedAt(recorded.zones, startUs);
    if (!zone) return t('timeline.recorded');
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
          <tr key={`${row.epoch}-${row.startUs}-${row.gap?.cause ?? row.damage?.kind ?? ''}`}>
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

function rowsIn({ spans, gaps, damage }: Recorded, scope: Scope): Row[] {
  return [
    ...spans.map((span) => ({ ...span, gap: null, damage: null })),
    ...gaps.map((gap) => ({ ...gap, gap, damage: null })),
    ...damage.map((one) => ({ ...one, gap: null, damage: one })),
  ]
    .filter((row) => row.endUs > startOf(scope) && row.startUs < endOf(scope))
    .sort((a, b) => a.startUs - b.startUs)
    .slice(0, MOST_ROWS);
}
