import { CheckCircleFilled, ExclamationCircleFilled } from '@ant-design/icons';
import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Storage } from '@/api';
import { Section } from '@/components/page/Page';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './panels.module.css';

export function GoodOrNot({ good, children }: { good: boolean; children: ReactNode }) {
  return (
    <Tag
      variant="outlined"
      color={good ? 'success' : 'warning'}
      icon={good ? <CheckCircleFilled /> : <ExclamationCircleFilled />}
    >
      {children}
    </Tag>
  );
}

/** What a power cut or a kill may cost at most, by the settings in force. */
export function PromisePanel({ promise }: { promise: Storage['promise'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Section title={t('storage.promise.title')} testId="promise">
      <p className={styles.words}>{inLanguage(promise, language)}</p>
      <p className={styles.muted}>
        {t('storage.promise.how', {
          policy: promise.flush,
          interval: promise.interval_s,
          fragment: promise.fragment_s,
        })}
      </p>
    </Section>
  );
}

export function DeletionPanel({ deletion }: { deletion: Storage['deletion'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Section
      title={t('storage.deletion.title')}
      testId="deletion"
      state={
        <GoodOrNot good={!deletion.paused}>
          {t(deletion.paused ? 'storage.deletion.paused' : 'storage.deletion.running')}
        </GoodOrNot>
      }
    >
      <p className={styles.words}>{inLanguage(deletion, language)}</p>
      <p className={styles.muted}>{t('storage.deletion.undo', { hours: deletion.undo_hours })}</p>
    </Section>
  );
}
