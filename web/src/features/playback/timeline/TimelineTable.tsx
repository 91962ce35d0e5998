import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf } from '@/lib/time';
import { endOf, type Gap, type Scope, type Stretch, startOf } from './geometry';
import type { Recorded } from './useTimeline';

const MOST_ROWS = 100;

type Row = Stretch & { gap: Gap | null };

/** The strip in words, for screen readers: the same stretches, each with a button that goes there. */
export function TimelineTable({
  recorded,
  scope,
  onSeek,
}: {
  recorded: Recorded;
  scope: Scope;
  onSeek: (us: number) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const rows = rowsIn(recorded, scope);
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
          <tr key={`${row.startUs}-${row.gap?.cause ?? ''}`}>
            <td>{row.gap ? t('timeline.gap', { cause: inLanguage(row.gap, language) }) : t('timeline.recorded')}</td>
            <td>
              {row.gap ? (
                dateTimeOf(row.startUs)
              ) : (
                <button type="button" tabIndex={-1} onClick={() => onSeek(row.startUs)}>
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

function rowsIn({ spans, gaps }: Recorded, scope: Scope): Row[] {
  return [...spans.map((span) => ({ ...span, gap: null })), ...gaps.map((gap) => ({ ...gap, gap }))]
    .filter((row) => row.endUs > startOf(scope) && row.startUs < endOf(scope))
    .sort((a, b) => a.startUs - b.startUs)
    .slice(0, MOST_ROWS);
}
