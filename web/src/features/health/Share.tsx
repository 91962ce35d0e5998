import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CompletenessSummary } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { readCompletenessSummary } from '@/lib/server';
import styles from './HealthPage.module.css';
import { gradeOf, isCounted, percentOf } from './shares';

const EVERY_MS = 60_000;

/** How much of what was promised is recorded: one number, a bar for each day, and what the rest is due to. */
export function Share({ range }: { range: [string, string] }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['health', 'summary', ...range],
    queryFn: () => readCompletenessSummary(...range),
    refetchInterval: EVERY_MS,
  });
  return (
    <Section title={t('health.share.title')} testId="health-share">
      <ProblemNote error={found.error} />
      {found.isPending && <Loading />}
      {found.data &&
        (isCounted(found.data.planned_us) ? <Numbers found={found.data} /> : <p>{t('health.share.none')}</p>)}
    </Section>
  );
}

function Numbers({ found }: { found: CompletenessSummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <>
      <div className={styles.share}>
        <div>
          <div className={`${styles.number} tabular`} data-testid="share">
            {percentOf(found.recorded_us, found.planned_us)} %
          </div>
          <div className={styles.of}>
            {t('health.share.of', {
              recorded: durationWords(found.recorded_us, t),
              planned: durationWords(found.planned_us, t),
            })}
          </div>
        </div>
        <ol className={styles.days} aria-label={t('health.share.byDay')}>
          {found.days.map((day) => (
            <Day key={day.day} day={day} />
          ))}
        </ol>
      </div>
      <ul className={styles.causes}>
        {found.missing.map((one) => (
          <li key={one.cause}>
            {inLanguage(one, language)} {durationWords(one.us, t)}
          </li>
        ))}
        {found.unexplained_us > 0 && (
          <li>
            {t('health.share.unexplained')} {durationWords(found.unexplained_us, t)}
          </li>
        )}
      </ul>
    </>
  );
}

function Day({ day }: { day: CompletenessSummary['days'][number] }) {
  const percent = percentOf(day.recorded_us, day.planned_us);
  const words = `${day.day} ${percent ?? '–'} %`;
  return (
    <li className={styles.day} title={words}>
      <span
        className={styles.there}
        style={{ height: `${percent ?? 0}%` }}
        data-grade={gradeOf(day.recorded_us, day.planned_us)}
      />
      <span className="unseen">{words}</span>
    </li>
  );
}
