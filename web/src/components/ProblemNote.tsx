import { Alert, Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { ServerProblem, wordsOf, wordsOfProblem } from '@/lib/problem';
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

/** What happened, why, and what to do next; the code small for whoever is called for help. */
export function ProblemNote({ error, problem, action }: Shown) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (!error && !problem) return null;
  const words = problem ? wordsOfProblem(problem, language) : wordsOf(error, language);
  const after = error instanceof ServerProblem ? error.retryAfterS : null;
  return (
    <Alert
      type="error"
      role="alert"
      showIcon
      className={styles.note ?? ''}
      data-problem={words.code ?? ''}
      title={words.what}
      action={action}
      description={
        <div className={styles.body}>
          <span>{words.why}</span>
          <Fields fields={fieldsOf(error)} />
          <span className={styles.advice}>{words.advice}</span>
          {after !== null && <span>{t('failure.retryAfter', { seconds: after })}</span>}
          {words.code && (
            <Typography.Text type="secondary" className={styles.code ?? ''}>
              {words.code}
            </Typography.Text>
          )}
        </div>
      }
    />
  );
}
