import { useQuery } from '@tanstack/react-query';
import { Alert, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { bytesWords } from '@/lib/bytes';
import { planSite, readSite, readStorageAdvice } from '@/lib/server';
import { SITE_KEY, Step } from './Step';
import styles from './steps.module.css';

const USUAL = { cameras: 16, kbit_s: 4000 };

/** How many days of so many cameras fit into what is free now: the server reckons with its disks. */
export function StorageStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const site = useQuery({ queryKey: SITE_KEY, queryFn: readSite });
  const [typed, setTyped] = useState<Partial<typeof USUAL>>({});
  const cameras = typed.cameras ?? (site.data?.cameras || USUAL.cameras);
  const rate = typed.kbit_s ?? (site.data?.kbit_s || USUAL.kbit_s);
  const advice = useQuery({
    queryKey: ['storage-advice', cameras, rate],
    queryFn: () => readStorageAdvice(cameras, rate),
    enabled: site.isFetched,
    placeholderData: (before) => before,
  });
  const found = advice.data;
  const enough = found && found.days >= found.least_days;
  return (
    <Step
      step="storage"
      onDone={() => (Object.keys(typed).length > 0 ? planSite(cameras, rate).then(onDone, onDone) : onDone())}
    >
      <div className={styles.fields}>
        <label htmlFor="plan-cameras">
          {t('steps.storage.cameras')}
          <InputNumber
            id="plan-cameras"
            min={1}
            max={100_000}
            value={cameras}
            onChange={(value) => setTyped({ ...typed, cameras: value ?? USUAL.cameras })}
            data-testid="plan-cameras"
          />
        </label>
        <label htmlFor="plan-rate">
          {t('steps.storage.rate')}
          <InputNumber
            id="plan-rate"
            min={16}
            max={200_000}
            step={500}
            suffix="kbit/s"
            style={{ width: 160 }}
            value={rate}
            onChange={(value) => setTyped({ ...typed, kbit_s: value ?? USUAL.kbit_s })}
          />
        </label>
      </div>
      <ProblemNote error={site.error ?? advice.error} />
      {found && (
        <>
          <div className={styles.days}>
            <strong className="tabular" data-testid="plan-days">
              {found.days}
            </strong>
            {t('steps.storage.days')}
          </div>
          <dl className={styles.facts}>
            <dt>{t('steps.storage.free')}</dt>
            <dd className="tabular">{bytesWords(found.free_bytes)}</dd>
            <dt>{t('steps.storage.perDay')}</dt>
            <dd className="tabular">{bytesWords(found.bytes_per_day)}</dd>
            <dt>{t('steps.storage.where')}</dt>
            <dd>{found.volumes.map((volume) => volume.path).join(' · ') || t('steps.storage.nowhere')}</dd>
          </dl>
          <Alert
            type={enough ? 'success' : 'warning'}
            showIcon
            title={t(enough ? 'steps.storage.enough' : 'steps.storage.short', {
              days: found.least_days,
              needed: bytesWords(found.bytes_for_least),
            })}
          />
        </>
      )}
    </Step>
  );
}
