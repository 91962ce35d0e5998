import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CameraOutage, DutyArticle, DutyLogEntry } from '@/api';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { clockOf, microsOf } from '@/lib/time';
import { Articles } from './Articles';
import styles from './DutyPage.module.css';

/** What went offline in this shift, and whether it came back. */
export function Outages({ outages, cameras }: { outages: readonly CameraOutage[]; cameras: number }) {
  const { t } = useTranslation();
  const gone = outages.filter((one) => one.cleared_at === null).length;
  return (
    <section className={styles.panel} aria-label={t('shift.outages')} data-testid="outages">
      <h2>
        {t('shift.outages')} <span className={styles.small}>{t('shift.outagesOf', { gone, cameras })}</span>
      </h2>
      {outages.length === 0 && <p className={styles.muted}>{t('shift.noOutages')}</p>}
      <ul className={styles.list}>
        {outages.map((one) => {
          const fromUs = microsOf(one.raised_at);
          const untilUs = one.cleared_at === null ? serverNowUs() : microsOf(one.cleared_at);
          return (
            <li
              key={`${one.channel_id} ${one.raised_at}`}
              className={styles.row}
              data-severity={one.cleared_at ? '' : 'warning'}
            >
              <span className={styles.line}>
                <Link to={`/cameras?camera=${one.channel_id}`}>{one.name}</Link>
                <span className={`${styles.small} tabular`}>
                  {clockOf(fromUs)} · {durationWords(untilUs - fromUs, t)}
                </span>
                <span className={one.cleared_at ? styles.good : styles.late}>
                  {t(one.cleared_at ? 'shift.back' : 'shift.stillGone')}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface UnreportedProps {
  entries: readonly DutyLogEntry[];
  articles: readonly DutyArticle[];
}

/** Suspicious entries that nobody reported yet: the texts want it promptly. */
export function Unreported({ entries, articles }: UnreportedProps) {
  const { t } = useTranslation();
  if (entries.length === 0) return null;
  return (
    <section className={styles.panel} role="alert" data-testid="unreported">
      <h2 className={styles.late}>{t('shift.unreported')}</h2>
      <p>{t('shift.unreportedWhat')}</p>
      <ul className={styles.list}>
        {entries.map((one) => (
          <li key={one.id} className={styles.row} data-severity="critical">
            <span className="tabular">{one.number}</span>
            <span>{one.text}</span>
          </li>
        ))}
      </ul>
      <Articles articles={articles} />
    </section>
  );
}
