import { CheckCircleFilled, CloseCircleFilled, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Progress, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Verification } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { useAskEvery } from '@/lib/events';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { listVerifications, startVerification } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './AuditPage.module.css';

const KEY = ['verifications'] as const;
const GOING_EVERY_MS = 1_000;
const RESTING_EVERY_MS = 15_000;

/** Compare every entry with what was sealed: the button, how far it is, and the first bad entry by its number. */
export function Verify() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const restingMs = useAskEvery(RESTING_EVERY_MS);
  const found = useQuery({
    queryKey: KEY,
    queryFn: listVerifications,
    refetchInterval: (query) =>
      query.state.data?.items.some((run) => run.state !== 'done') ? GOING_EVERY_MS : restingMs,
  });
  const start = useMutation({
    mutationFn: startVerification,
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const going = found.data?.items.some((run) => run.state !== 'done') ?? false;
  return (
    <div className={styles.verify}>
      <p>{t('audit.verify.text')}</p>
      <div>
        <Button
          type="primary"
          icon={<SafetyCertificateOutlined />}
          loading={start.isPending || going}
          onClick={() => start.mutate()}
          data-testid="verify"
        >
          {t(going ? 'audit.verify.going' : 'audit.verify.start')}
        </Button>
      </div>
      <ProblemNote error={start.error ?? found.error} />
      {found.data?.items.map((run) => (
        <Run key={run.id} run={run} />
      ))}
      {found.data?.head && (
        <>
          <p>{t('audit.verify.head')}</p>
          <code className={styles.head} data-testid="audit-head">
            {`${found.data.key}\n\n${found.data.head}`}
          </code>
        </>
      )}
    </div>
  );
}

function Run({ run }: { run: Verification }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const asked = t('audit.verify.asked', { name: run.asked_by, time: dateTimeOf(microsOf(run.asked_at)) });
  const result = run.result;
  if (!result)
    return (
      <section className={styles.run} data-testid="verification" data-state={run.state}>
        <h3>{t(`audit.verify.state.${run.state}`)}</h3>
        <Progress percent={run.total > 0 ? Math.floor((run.done / run.total) * 100) : 0} status="active" />
        <p className="tabular">{t('audit.verify.done', { done: run.done, total: run.total })}</p>
        <p>{asked}</p>
      </section>
    );
  const numbers = { entries: result.entries, sealed: result.sealed, unsealed: result.unsealed };
  return (
    <section className={styles.run} data-testid="verification" data-state={result.whole ? 'whole' : 'bad'}>
      <h3>
        <Tag
          variant="outlined"
          color={result.whole ? 'success' : 'error'}
          icon={result.whole ? <CheckCircleFilled /> : <CloseCircleFilled />}
        >
          {t(result.whole ? 'audit.verify.whole' : 'audit.verify.bad', { number: result.found })}
        </Tag>
      </h3>
      {result.findings[0] && (
        <p className={styles.first} data-testid="first-bad">
          {t('audit.verify.first', { what: inLanguage(result.findings[0], language) })}
        </p>
      )}
      {result.head_problem && <p>{t('audit.verify.headProblem')}</p>}
      {result.findings.length > 1 && (
        <ol className="tabular">
          {result.findings.slice(0, 10).map((finding) => (
            <li key={`${finding.kind}-${finding.seq}-${finding.en}`}>{inLanguage(finding, language)}</li>
          ))}
        </ol>
      )}
      <p className="tabular">{t('audit.verify.numbers', numbers)}</p>
      <p>{asked}</p>
    </section>
  );
}
