import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyLogEntry } from '@/api';
import { addressTimeOf, clockOf, dateTimeOf, microsOf } from '@/lib/time';
import styles from './DutyPage.module.css';

interface Props {
  entry: DutyLogEntry;
  all: readonly DutyLogEntry[];
  withDay?: boolean;
  onCorrect?: () => void;
}

/** One entry as it was written, with the way to what it points at. */
export function EntryRow({ entry, all, withDay = false, onCorrect }: Props) {
  const { t } = useTranslation();
  const us = microsOf(entry.at);
  const corrected = all.find((one) => one.id === entry.corrects);
  return (
    <li className={styles.row} data-testid="log-entry" data-number={entry.number} data-category={entry.category}>
      <span className={styles.line}>
        <span className="tabular">{withDay ? dateTimeOf(us) : clockOf(us)}</span>
        <span>{t(`shift.category.${entry.category}`)}</span>
        <span className={styles.small}>{entry.person}</span>
        <span className={`${styles.small} tabular`}>{entry.number}</span>
        {onCorrect && (
          <Button size="small" type="link" onClick={onCorrect}>
            {t('shift.correct')}
          </Button>
        )}
      </span>
      {entry.corrects && (
        <span className={styles.small}>{t('shift.corrects', { number: corrected?.number ?? '…' })}</span>
      )}
      <span style={{ whiteSpace: 'pre-wrap' }}>{entry.text}</span>
      {entry.reported_to && <span className={styles.good}>{t('shift.wasReported', { where: entry.reported_to })}</span>}
      {entry.attached && (
        <Link to={playbackAt(entry.attached)} className="tabular" data-testid="entry-moment">
          {entry.attached.name} · {dateTimeOf(microsOf(entry.attached.at))}
        </Link>
      )}
    </li>
  );
}

export const playbackAt = ({ channel_id, at }: { channel_id: string; at: string }): string =>
  `/playback?channel=${channel_id}&at=${encodeURIComponent(addressTimeOf(microsOf(at)))}`;
