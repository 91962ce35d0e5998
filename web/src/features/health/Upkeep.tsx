import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Upkeep as Facts } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { readUpkeep } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './HealthPage.module.css';

const EVERY_MS = 30_000;

/** What keeps the installation going, and what waits to be done. */
export function Upkeep() {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ['health', 'upkeep'], queryFn: readUpkeep, refetchInterval: EVERY_MS });
  return (
    <Section title={t('health.upkeep.title')} testId="health-upkeep">
      <ProblemNote error={found.error} />
      {found.isPending && <Loading />}
      {found.data && (
        <dl className={`${styles.facts} tabular`}>
          {factsOf(found.data, t).map(([name, value]) => (
            <div key={name} className={styles.pair}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

function factsOf(found: Facts, t: TFunction): [string, string][] {
  const days = found.certificate_days;
  return [
    [t('health.upkeep.queues'), queueWords(found, t)],
    [
      t('health.upkeep.clock'),
      `${t(found.clock_synchronised ? 'health.upkeep.synchronised' : 'health.upkeep.notSynchronised')} · ${t(
        found.clock_trusted ? 'storage.clock.trusted' : 'storage.clock.unconfirmed',
      )}`,
    ],
    [
      t('health.upkeep.certificate'),
      days === null ? t('health.upkeep.noCertificate') : t('health.upkeep.certificateDays', { count: days }),
    ],
    [t('health.upkeep.backup'), found.backup_at ? dateTimeOf(microsOf(found.backup_at)) : t('health.upkeep.never')],
    [t('health.upkeep.version'), `${found.version} · ${found.schema_revision} · ${found.database}`],
  ];
}

function queueWords({ queues }: Facts, t: TFunction): string {
  const waiting = queues.filter((one) => one.due + one.running + one.dead > 0);
  if (waiting.length === 0) return t('health.upkeep.nothingWaits');
  return waiting
    .map((one) => {
      const parts = [
        one.running > 0 ? t('health.upkeep.running', { count: one.running }) : '',
        one.due > 0 ? t('health.upkeep.due', { count: one.due, since: sinceWords(one.waiting_since, t) }) : '',
        one.dead > 0 ? t('health.upkeep.dead', { count: one.dead }) : '',
      ];
      return `${one.kind}: ${parts.filter(Boolean).join(' ')}`;
    })
    .join('; ');
}

const sinceWords = (since: string | null, t: TFunction): string =>
  since ? durationWords(Math.max(0, serverNowUs() - microsOf(since)), t) : '';
