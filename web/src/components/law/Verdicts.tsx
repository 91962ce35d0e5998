import { useTranslation } from 'react-i18next';
import type { LawAnswer } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { Cited } from './Cited';
import styles from './law.module.css';
import { minimumDays, minimumYears, type Verdict } from './verdict';

export const TONES = {
  prohibited: { yes: 'bad', no: 'good', silent: 'quiet', review: 'warn' },
  mandatory: { yes: 'accent', no: 'quiet', silent: 'quiet', review: 'warn' },
  responsible: { yes: 'accent', no: 'quiet', silent: 'quiet', review: 'warn' },
} as const;

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

export function Said({ topic, verdict, answer, words }: SaidProps) {
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

/** Kept at least so long, in the words of the text: days or years, or that no number is given. */
export function useMinimumWords(): (answer: LawAnswer) => string {
  const { t } = useTranslation();
  return (answer) => {
    const [days, years] = [minimumDays(answer), minimumYears(answer)];
    if (years !== null) return t('law.years', { count: years });
    return days === null ? t('law.noMinimum') : t('retention.days', { count: days });
  };
}

interface FactProps {
  title: string;
  words: string;
  answer: LawAnswer;
  tone?: string;
}

export function Fact({ title, words, answer, tone = 'quiet' }: FactProps) {
  const language = useLanguage();
  return (
    <section className={styles.verdict} data-tone={tone}>
      <h3>{title}</h3>
      <strong className="tabular">{words}</strong>
      <p>{inLanguage(answer.explanation, language)}</p>
      <Cited places={answer.citations} />
    </section>
  );
}
