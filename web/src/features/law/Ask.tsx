import { useQuery } from '@tanstack/react-query';
import { Alert, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { LawAnswer } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { KindSelect, RegionSelect } from '@/features/registry/Fields';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { askLawSite, readSite } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { Cited } from './Cited';
import styles from './law.module.css';
import { today, useAddress } from './queries';
import { partyVerdict, type Verdict, verdictOf } from './verdict';
import { named, VALUES } from './words';

const FIRST_REGION = '530581';
export const TONES = {
  prohibited: { yes: 'bad', no: 'good', silent: 'quiet', review: 'warn' },
  mandatory: { yes: 'accent', no: 'quiet', silent: 'quiet', review: 'warn' },
  responsible: { yes: 'accent', no: 'quiet', silent: 'quiet', review: 'warn' },
} as const;

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
        <Input
          type="date"
          value={on}
          onChange={(event) => change({ on: event.target.value })}
          aria-label={t('law.ask.day')}
          style={{ width: 160 }}
        />
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

interface YesNoProps {
  topic: 'prohibited' | 'mandatory';
  verdict: Verdict;
  answer: LawAnswer;
}

/** A question of yes or no: the verdict in a word, where it stands, and why. */
export function Card(props: YesNoProps) {
  const { t } = useTranslation();
  return <Said {...props} words={t(`law.verdict.${props.topic}.${props.verdict}`)} />;
}

interface SaidProps {
  topic: keyof typeof TONES;
  verdict: Verdict;
  answer: LawAnswer;
  words: string;
}

function Said({ topic, verdict, answer, words }: SaidProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <section className={styles.verdict} data-tone={TONES[topic][verdict]} data-topic={topic} data-verdict={verdict}>
      <h3>{t(`law.topic.${topic}`)}</h3>
      <strong>{words}</strong>
      <p>{inLanguage(answer.explanation, language)}</p>
      <Cited places={answer.citations} />
    </section>
  );
}
