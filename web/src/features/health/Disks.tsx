import { useQuery } from '@tanstack/react-query';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { StoredGroup } from '@/api';
import { Address } from '@/components/Address';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { bytesWords } from '@/lib/bytes';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { readStorage } from '@/lib/server';
import styles from './HealthPage.module.css';

const EVERY_MS = 60_000;
const COLOUR = { ok: 'success', full: 'error', missing: 'error', retired: 'default' } as const;

/** How long each group of disks lasts, and how each disk is. */
export function Disks() {
  const { t } = useTranslation();
  const storage = useQuery({ queryKey: ['storage'], queryFn: readStorage, refetchInterval: EVERY_MS });
  return (
    <Section
      title={t('health.disks.title')}
      testId="health-disks"
      actions={<Link to="/storage">{t('menu.storage')}</Link>}
    >
      <ProblemNote error={storage.error} />
      {storage.isPending && <Loading />}
      {storage.data?.groups.map((group) => (
        <Group key={group.id} group={group} />
      ))}
      <p className={styles.muted}>{t('health.disks.smart')}</p>
    </Section>
  );
}

function Group({ group }: { group: StoredGroup }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <div className={styles.block}>
      <div className={styles.what}>
        {t('storage.group', { name: group.name })} ·{' '}
        {inLanguage({ zh: group.days_left_zh, en: group.days_left_en }, language)}
      </div>
      {group.volumes.map((one) => (
        <div key={one.id}>
          <Tag variant="outlined" color={COLOUR[one.state]}>
            {t(`storage.volumeState.${one.state}`)}
          </Tag>{' '}
          <code className={styles.path}>
            <Address>{one.path}</Address>
          </code>
          <div className={`${styles.muted} tabular`}>
            {one.free_bytes === null
              ? t('storage.usedOnly', { used: bytesWords(one.used_bytes) })
              : t('storage.usedFree', { used: bytesWords(one.used_bytes), free: bytesWords(one.free_bytes) })}
          </div>
        </div>
      ))}
    </div>
  );
}
