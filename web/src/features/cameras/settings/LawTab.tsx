import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Channel, Decision } from '@/api';
import { Loading } from '@/components/Loading';
import { CitedOnRecord } from '@/components/law/Cited';
import { useKinds } from '@/components/law/queries';
import { Card, Fact, useMinimumWords } from '@/components/law/Verdicts';
import { verdictOf } from '@/components/law/verdict';
import { named } from '@/components/law/words';
import { useLanguage } from '@/lib/i18n';
import { standing } from '@/lib/problem';
import { getChannelLaw } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './settings.module.css';

/** What the texts say of this channel: how long footage stays, whether a camera may look there, who decided. */
export function LawTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useKinds();
  const minimum = useMinimumWords();
  const found = useQuery({ queryKey: ['law', 'channel', channel.id], queryFn: () => getChannelLaw(channel.id) });
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  const { retention, site, kind, decisions } = known;
  return (
    <div className={styles.tab} data-testid="channel-law">
      <p className={styles.hint}>
        {t('law.channel.kind', {
          kind: kind === 'unclassified' ? t('registry.spot.unclassified') : named(kind, language, kinds),
        })}
      </p>
      <Fact title={t('law.here.retention')} words={minimum(retention)} answer={retention} />
      {site ? (
        <Card topic="prohibited" verdict={verdictOf(site, 'prohibited')} answer={site} />
      ) : (
        <p className={styles.hint}>{t('law.channel.unclassified')}</p>
      )}
      <Decisions decisions={decisions} />
    </div>
  );
}

function Decisions({ decisions }: { decisions: Decision[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useKinds();
  if (decisions.length === 0) return null;
  return (
    <section>
      <strong>{t('law.channel.decisions')}</strong>
      {decisions.map(({ decided_at, decided_by, kind, reason, document, citations }) => (
        <div key={`${decided_at} ${kind}`} className={styles.fact} data-testid="decision">
          {named(kind, language, kinds)}
          {language === 'zh-CN' ? '：' : ': '}
          {reason}
          {document && ` · ${document}`}
          <div className={`${styles.below} tabular`}>
            {decided_by} · {dateTimeOf(microsOf(decided_at))}
          </div>
          <CitedOnRecord citations={citations} />
        </div>
      ))}
    </section>
  );
}
