import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { LawAnswer } from '@/api';
import { DayField } from '@/components/DayField';
import { Loading } from '@/components/Loading';
import styles from '@/components/law/law.module.css';
import { today } from '@/components/law/queries';
import { Card, Said } from '@/components/law/Verdicts';
import { partyVerdict, verdictOf } from '@/components/law/verdict';
import { named, VALUES } from '@/components/law/words';
import { ProblemNote } from '@/components/ProblemNote';
import { KindSelect, RegionSelect } from '@/components/RegistrySelects';
import { useAddress } from '@/lib/address';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { askLawSite, readSite } from '@/lib/server';
import { may, usePerson } from '@/lib/session';

const FIRST_REGION = '530581';

/** The division of the site, for whom may read it; until it is known none. */
export function useOwnRegion(): string {
  const reads = may(usePerson(), 'health.read');
  const site = useQuery({ queryKey: ['site'], queryFn: readSite, enabled: reads });
  if (reads && site.isPending) return '';
  return site.data?.region_code || FIRST_REGION;
}

/** May I put a camera here? By every text in force there on that day. */
export function Ask() {
  const { t } = useTranslation();
  const [query, change] = useAddress();
  const own = useOwnRegion();
  const region = query.get('region') ?? own;
  const kind = query.get('kind') ?? '';
  const on = query.get('on') ?? today();
  const asked = useQuery({
    queryKey: ['law', 'site', region, kind, on],
    queryFn: () => askLawSite(region, kind, on),
    enabled: region !== '' && kind !== '',
  });
  return (
    <>
      <div className={styles.ask} data-testid="ask">
        <span className={styles.asked}>{t('law.ask.question')}</span>
        <span style={{ width: 260 }}>
          <RegionSelect
            value={region || null}
            onChange={(code) => change({ region: code })}
            aria-label={t('law.ask.region')}
          />
        </span>
        <span style={{ width: 260 }}>
          <KindSelect
            value={kind || null}
            onChange={(code) => change({ kind: code })}
            classified
            placeholder={t('law.ask.kind')}
            aria-label={t('law.ask.kind')}
          />
        </span>
        <DayField value={on} onChange={(day) => change({ on: day })} aria-label={t('law.ask.day')} />
      </div>
      <ProblemNote error={asked.error} />
      {!kind && <p className={styles.below}>{t('law.ask.text')}</p>}
      {kind && asked.isPending && region && <Loading />}
      {asked.data && (
        <>
          <p className={styles.below}>
            {asked.data.texts.length === 0 ? t('law.noTexts') : t('law.ask.by')}
            <TextNames texts={asked.data.texts} />
          </p>
          <div className={styles.verdicts} data-testid="verdicts">
            <Card
              topic="prohibited"
              verdict={verdictOf(asked.data.prohibited, 'prohibited')}
              answer={asked.data.prohibited}
            />
            <Card
              topic="mandatory"
              verdict={verdictOf(asked.data.mandatory, 'mandatory')}
              answer={asked.data.mandatory}
            />
            <Responsible answer={asked.data.responsible} />
          </div>
          {verdictOf(asked.data.prohibited, 'prohibited') === 'silent' && (
            <Alert type="info" showIcon title={t('law.ask.silence')} />
          )}
        </>
      )}
    </>
  );
}

export function TextNames({ texts }: { texts: readonly { code: string; short: { zh: string; en: string } }[] }) {
  const language = useLanguage();
  return <>{texts.map((text) => inLanguage(text.short, language)).join(language === 'zh-CN' ? '、' : ', ')}</>;
}

function Responsible({ answer }: { answer: LawAnswer }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const verdict = partyVerdict(answer);
  const who =
    verdict === 'yes' ? named(`${answer.values.party}`, language, VALUES) : t(`law.verdict.responsible.${verdict}`);
  return <Said topic="responsible" verdict={verdict} answer={answer} words={who} />;
}
