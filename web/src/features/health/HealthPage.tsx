import { CheckCircleFilled, CloseCircleFilled, DownloadOutlined, ExclamationCircleFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding } from '@/api';
import { Page } from '@/components/page/Page';
import { serverNowUs } from '@/lib/clock';
import { completenessTableAddress, readFindings } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { Disks } from './Disks';
import { Findings } from './Findings';
import styles from './HealthPage.module.css';
import { Roles } from './Roles';
import { Share } from './Share';
import { rangeOf } from './shares';
import { Upkeep } from './Upkeep';
import { Worst } from './Worst';

const FINDINGS_EVERY_MS = 120_000;
const RANGES = [1, 7, 30] as const;

/** What broke before anybody complains: how complete recordings are, what the doctor finds, what waits. */
export default function HealthPage() {
  const { t } = useTranslation();
  const person = usePerson();
  const [days, setDays] = useState<number>(7);
  const range = rangeOf(serverNowUs(), days);
  const lists = may(person, 'recording.read');
  const findings = useQuery({
    queryKey: ['health', 'findings'],
    queryFn: readFindings,
    refetchInterval: FINDINGS_EVERY_MS,
  });
  return (
    <Page
      title={t('health.title')}
      state={findings.data && <Verdict findings={findings.data} />}
      actions={
        <>
          <Segmented
            value={days}
            onChange={setDays}
            options={RANGES.map((value) => ({ value, label: t('health.days', { count: value }) }))}
            aria-label={t('health.range')}
          />
          {lists && (
            <Button icon={<DownloadOutlined />} href={completenessTableAddress(...range)} data-testid="health-csv">
              {t('health.export')}
            </Button>
          )}
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          <Share range={range} />
          <Findings found={findings} />
          {lists && <Worst range={range} />}
        </div>
        <div className={styles.column}>
          <Roles />
          {may(person, 'storage.read') && <Disks />}
          <Upkeep />
        </div>
      </div>
    </Page>
  );
}

function Verdict({ findings }: { findings: Finding[] }) {
  const { t } = useTranslation();
  const broken = findings.filter((one) => one.level === 'fail').length;
  const noted = findings.filter((one) => one.level === 'warn').length;
  const level = broken > 0 ? 'fail' : noted > 0 ? 'warn' : 'ok';
  return (
    <span className={`${styles.verdict} ${styles[level]}`} data-testid="verdict" data-state={level}>
      {level === 'ok' ? <CheckCircleFilled /> : level === 'warn' ? <ExclamationCircleFilled /> : <CloseCircleFilled />}{' '}
      {level === 'ok' && t('health.allWell')}
      {broken > 0 && t('health.broken', { count: broken })} {noted > 0 && t('health.noted', { count: noted })}
    </span>
  );
}
