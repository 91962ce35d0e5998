import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DecisionForm } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { useLanguage } from '@/lib/i18n';
import { ServerProblem, wordsOfProblem } from '@/lib/problem';
import { may, usePerson } from '@/lib/session';
import styles from './law.module.css';

const SHORTEST = 4;

interface Props {
  error: unknown;
  /** Send again what was refused, with this decision. */
  onDecide: (decision: DecisionForm) => void;
}

/** A refusal, or, where the texts leave it to people, the place to decide. Stands inside the form that was refused. */
export function LawGate({ error, onDecide }: Props) {
  const left = error instanceof ServerProblem && error.problem.code === 'registry.law_review_needed';
  if (!left) return <ProblemNote error={error} />;
  return <Decide problem={error} onDecide={onDecide} />;
}

function Decide({ problem, onDecide }: { problem: ServerProblem; onDecide: Props['onDecide'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const decides = may(usePerson(), 'law.decide');
  const words = wordsOfProblem(problem.problem, language);
  return (
    <Alert
      type="warning"
      role="alert"
      showIcon
      title={words.what}
      data-problem={words.code}
      data-testid="law-decision"
      description={
        <div className={styles.decide}>
          <span>{words.why}</span>
          {decides ? <Reason onDecide={onDecide} /> : <strong>{t('law.decide.whoElse')}</strong>}
        </div>
      }
    />
  );
}

function Reason({ onDecide }: { onDecide: Props['onDecide'] }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [document, setDocument] = useState('');
  // The form around must not be sent by the Enter of these two.
  const stay = (event: React.KeyboardEvent) => event.preventDefault();
  return (
    <>
      <span className={styles.below}>{t('law.decide.text')}</span>
      <Input
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onPressEnter={stay}
        maxLength={200}
        placeholder={t('law.decide.reason')}
        aria-label={t('law.decide.reason')}
        autoComplete="off"
      />
      <Input
        value={document}
        onChange={(event) => setDocument(event.target.value)}
        onPressEnter={stay}
        maxLength={200}
        placeholder={t('law.decide.document')}
        aria-label={t('law.decide.document')}
        autoComplete="off"
      />
      <Button
        type="primary"
        disabled={reason.trim().length < SHORTEST}
        onClick={() => onDecide({ reason: reason.trim(), document: document.trim() })}
        data-testid="decide"
      >
        {t('law.decide.may')}
      </Button>
    </>
  );
}
