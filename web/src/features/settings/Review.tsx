import { EyeOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Collapse } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { Bar } from '@/components/page/Page';
import { PARTS } from '@/components/steps/parts';
import { SITE_KEY, STEPS } from '@/components/steps/Step';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { readSite, type StepCode } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './settings.module.css';

/** The set-up gone through again: each part with when somebody looked at it last. */
export function Review() {
  const { t } = useTranslation();
  const language = useLanguage();
  const site = useQuery({ queryKey: SITE_KEY, queryFn: readSite });
  const [open, setOpen] = useState<StepCode | null>('storage');
  const seen = (step: StepCode) => site.data?.reviewed.find((one) => one.step === step)?.at ?? null;
  const region = site.data ? inLanguage({ zh: site.data.region_zh, en: site.data.region_en }, language) : '';
  return (
    <div className={styles.part}>
      <p className={styles.how}>{t('settings.review.about')}</p>
      {site.data && (
        <Bar note={[site.data.organisation, region].filter(Boolean).join(' · ') || t('settings.review.noSite')} />
      )}
      <ProblemNote error={site.error} />
      <Collapse
        activeKey={open ?? []}
        onChange={(keys) => setOpen((([] as string[]).concat(keys).at(-1) as StepCode | undefined) ?? null)}
        items={STEPS.map((step, index) => {
          const Part = PARTS[step];
          const at = seen(step);
          return {
            key: step,
            label: t(`steps.name.${step}`),
            extra: (
              <span className={`${styles.seen} tabular`}>
                {!site.data ? null : at ? (
                  <>
                    <EyeOutlined /> {dateTimeOf(microsOf(at))}
                  </>
                ) : (
                  t('settings.review.never')
                )}
              </span>
            ),
            children: <Part onDone={() => setOpen(STEPS[index + 1] ?? null)} />,
          };
        })}
      />
    </div>
  );
}
