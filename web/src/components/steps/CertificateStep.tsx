import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Copyable } from '@/components/Copyable';
import { ProblemNote } from '@/components/ProblemNote';
import { authorityAddress, readCertificate } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import { Step } from './Step';
import styles from './steps.module.css';

/** What workstations must trust, and how to be sure that it is the right one. */
export function CertificateStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ['certificate-step'], queryFn: readCertificate });
  const state = found.data;
  return (
    <Step step="certificate" onDone={onDone}>
      <ProblemNote error={found.error} />
      {state?.loopback_only && <Alert type="info" showIcon title={t('steps.certificate.loopback')} />}
      {state?.authority_fingerprint && (
        <>
          <dl className={styles.facts}>
            <dt>{t('steps.certificate.fingerprint')}</dt>
            <dd>
              <Copyable value={state.authority_fingerprint} label={t('steps.certificate.fingerprint')} />
            </dd>
            <dt>{t('steps.certificate.names')}</dt>
            <dd>{state.names.join(' · ')}</dd>
            <dt>{t('steps.certificate.until')}</dt>
            <dd className="tabular">
              {state.server_until && dateTimeOf(microsOf(state.server_until))} ·{' '}
              {state.authority_until && dateTimeOf(microsOf(state.authority_until))}
            </dd>
          </dl>
          <Button icon={<DownloadOutlined />} href={authorityAddress}>
            {t('steps.certificate.download')}
          </Button>
          <ol className={styles.trust}>
            <li>{t('steps.certificate.windows')}</li>
            <li>{t('steps.certificate.linux')}</li>
            <li>{t('steps.certificate.compare')}</li>
          </ol>
        </>
      )}
    </Step>
  );
}
