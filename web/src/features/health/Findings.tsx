import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from '@ant-design/icons';
import type { UseQueryResult } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Finding } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './HealthPage.module.css';

/** What the doctor finds and what to do about it; what is well is one line each, below. */
export function Findings({ found }: { found: UseQueryResult<Finding[]> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const bad = found.data?.filter((one) => one.level !== 'ok') ?? [];
  const well = found.data?.filter((one) => one.level === 'ok') ?? [];
  return (
    <Section
      title={t('health.findings.title')}
      testId="findings"
      actions={
        <Button size="small" loading={found.isFetching} onClick={() => void found.refetch()}>
          {t('health.findings.again')}
        </Button>
      }
    >
      <ProblemNote error={found.error} />
      {found.isPending && <Loading />}
      {found.data && bad.length === 0 && <p className={styles.muted}>{t('health.findings.none')}</p>}
      <ul className={styles.findings}>
        {bad.map((one) => (
          <li key={`${one.check} ${one.what.en}`} className={styles.finding} data-level={one.level}>
            <span className={styles[one.level]} role="img" aria-label={t(`health.level.${one.level}`)}>
              {one.level === 'fail' ? <CloseCircleFilled /> : <ExclamationCircleFilled />}
            </span>
            <div>
              <div className={styles.what}>{inLanguage(one.what, language)}</div>
              <div className={styles.why}>{inLanguage(one.why, language)}</div>
              <div className={styles.advice}>{inLanguage(one.advice, language)}</div>
            </div>
          </li>
        ))}
      </ul>
      {well.length > 0 && (
        <details>
          <summary>
            <CheckCircleFilled className={styles.ok} /> {t('health.findings.well', { count: well.length })}
          </summary>
          <ul className={styles.well}>
            {well.map((one) => (
              <li key={`${one.check} ${one.what.en}`}>{inLanguage(one.what, language)}</li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}
