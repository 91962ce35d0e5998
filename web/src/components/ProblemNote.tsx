import { ReloadOutlined } from '@ant-design/icons';
import { QueryClientContext } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { type ReactNode, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grounds, Problem } from '@/api';
import { errorAddress } from '@/lib/helpChapters';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { mayPass, ServerProblem, wordsOf, wordsOfProblem } from '@/lib/problem';
import styles from './ProblemNote.module.css';

interface Shown {
  error?: unknown;
  problem?: Problem | null;
  action?: ReactNode;
}

type Field = NonNullable<Problem['fields']>[number];

const fieldsOf = (error: unknown): Field[] => (error instanceof ServerProblem && error.problem.fields) || [];

function Fields({ fields }: { fields: Field[] }) {
  const language = useLanguage();
  if (fields.length === 0) return null;
  return (
    <ul className={styles.fields}>
      {fields.map((field) => (
        <li key={`${field.path} ${field.en}`}>
          <code>{field.path}</code> {inLanguage(field, language)}
        </li>
      ))}
    </ul>
  );
}

/** What a denial rests on: which rule, which article, who may approve. */
export function GroundsNote({ grounds }: { grounds: Grounds }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <dl className={styles.grounds} data-testid="grounds">
      <dt>{t('grounds.rule')}</dt>
      <dd data-testid="grounds-rule">{inLanguage(grounds.rule, language)}</dd>
      <dt>{t('grounds.articles')}</dt>
      <dd data-testid="grounds-articles">
        {grounds.articles.length === 0
          ? t('grounds.none')
          : grounds.articles.map((one) => inLanguage(one, language)).join(t('grounds.between'))}
      </dd>
      <dt>{t('grounds.who')}</dt>
      <dd data-testid="grounds-who">{inLanguage(grounds.who, language)}</dd>
    </dl>
  );
}

/** Where a page asked and this came instead of an answer, and it may pass: to ask the same again. */
function useAgain(error: unknown): (() => void) | null {
  const queries = useContext(QueryClientContext);
  if (!queries || !mayPass(error)) return null;
  const asked = { predicate: (query: { state: { error: unknown } }) => query.state.error === error };
  if (queries.getQueryCache().findAll(asked).length === 0) return null;
  return () => void queries.refetchQueries(asked);
}

/** What happened, why, and what to do next; the code small for whoever is called for help. */
export function ProblemNote({ error, problem, action }: Shown) {
  const { t } = useTranslation();
  const language = useLanguage();
  const again = useAgain(error);
  if (!error && !problem) return null;
  const words = problem ? wordsOfProblem(problem, language) : wordsOf(error, language);
  const grounds = (problem ?? (error instanceof ServerProblem ? error.problem : null))?.grounds;
  const after = error instanceof ServerProblem ? error.retryAfterS : null;
  return (
    <Alert
      type="error"
      role="alert"
      showIcon
      className={styles.note ?? ''}
      data-problem={words.code ?? ''}
      title={words.what}
      action={
        action ??
        (again && (
          <Button icon={<ReloadOutlined />} onClick={again} data-testid="again">
            {t('failure.again')}
          </Button>
        ))
      }
      description={
        <div className={styles.body}>
          <span>{words.why}</span>
          <Fields fields={fieldsOf(error)} />
          <span className={styles.advice}>{words.advice}</span>
          {grounds && <GroundsNote grounds={grounds} />}
          {after !== null && <span>{t('failure.retryAfter', { seconds: after })}</span>}
          {words.code && (
            <a
              className={styles.code}
              href={errorAddress(words.code, language)}
              target="_blank"
              rel="noreferrer"
              title={t('help.error')}
            >
              {words.code}
            </a>
          )}
        </div>
      }
    />
  );
}
