import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Channel, DayOfChannel } from '@/api';
import { Loading } from '@/components/Loading';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { standing } from '@/lib/problem';
import { readCompleteness } from '@/lib/server';
import styles from './Completeness.module.css';
import { type Cell, calendar, gradeOf, percentOf, shownDays } from './completeness';
import { DAYS } from './weekly';

const EVERY_MS = 60_000;

/** How much of what was planned is there, day by day; a click on a day says what is missing and why. */
export function CompletenessTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const [first, last] = shownDays(serverNowUs());
  const [chosen, setChosen] = useState(last);
  const days = useQuery({
    queryKey: ['completeness', channel.id, first, last],
    queryFn: () => readCompleteness(channel.id, first, last),
    refetchInterval: EVERY_MS,
  });
  const known = standing(days);
  if (!known) return <Loading error={days.error} />;
  const shown = known.find((one) => one.day === chosen);
  return (
    <div className={styles.tab} data-testid="completeness">
      <div className={styles.calendar}>
        {DAYS.map((day) => (
          <span key={day} className={styles.weekday}>
            {t(`weekday.${day}`)}
          </span>
        ))}
        {calendar(known, serverNowUs())
          .flat()
          .map((cell, index) =>
            cell ? (
              <Day key={cell.day} cell={cell} chosen={cell.day === chosen} onChoose={setChosen} />
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: an empty place has nothing but its place
              <span key={index} />
            ),
          )}
      </div>
      {shown ? (
        <Breakdown day={shown} channel={channel} />
      ) : (
        <p className={styles.none}>{t('completeness.noRow', { day: chosen })}</p>
      )}
    </div>
  );
}

function Day({ cell, chosen, onChoose }: { cell: Cell; chosen: boolean; onChoose: (day: string) => void }) {
  const { t } = useTranslation();
  const percent = cell.found ? percentOf(cell.found) : null;
  const grade = cell.found ? gradeOf(percent) : 'unknown';
  return (
    <button
      type="button"
      className={`${styles.day} ${styles[grade]} ${chosen ? styles.chosen : ''} tabular`}
      aria-pressed={chosen}
      onClick={() => onChoose(cell.day)}
      data-day={cell.day}
      data-grade={grade}
    >
      <span className={styles.date}>{cell.day.slice(5)}</span>
      <span className={styles.percent}>
        {percent === null
          ? t(`completeness.grade.${cell.found ? 'unplanned' : 'unknown'}`)
          : t('completeness.percent', { percent })}
      </span>
    </button>
  );
}

function Breakdown({ day, channel }: { day: DayOfChannel; channel: Channel }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const rows = [
    ...day.missing.map((one) => ({ key: one.cause, words: inLanguage(one, language), us: one.us })),
    ...(day.unexplained_us > 0
      ? [{ key: 'unexplained', words: t('completeness.unexplained'), us: day.unexplained_us }]
      : []),
  ];
  return (
    <section className={styles.breakdown} data-testid="breakdown">
      <header className={styles.head}>
        <h3 className="tabular">{day.day}</h3>
        {!day.final && <span className={styles.soFar}>{t('completeness.soFar')}</span>}
        <span className={styles.spring} />
        <Link to={`/playback?channel=${channel.id}&at=${day.day}T12:00:00%2B08:00&zoom=86400`}>
          {t('completeness.timeline')}
        </Link>
      </header>
      <dl className={`${styles.rows} tabular`}>
        <dt>{t('completeness.planned')}</dt>
        <dd>{durationWords(day.planned_us, t)}</dd>
        <dt>{t('completeness.recorded')}</dt>
        <dd>{durationWords(day.recorded_us, t)}</dd>
        {rows.map((row) => (
          <Missing key={row.key} words={row.words} us={row.us} />
        ))}
      </dl>
      {rows.length === 0 && <p className={styles.none}>{t('completeness.nothingMissing')}</p>}
    </section>
  );
}

function Missing({ words, us }: { words: string; us: number }) {
  const { t } = useTranslation();
  return (
    <>
      <dt className={styles.missing}>{t('completeness.missing', { cause: words })}</dt>
      <dd className={styles.missing}>{us < 1e6 ? t('completeness.underSecond') : durationWords(us, t)}</dd>
    </>
  );
}
