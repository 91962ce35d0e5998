import { CheckCircleFilled, ExclamationCircleFilled } from '@ant-design/icons';
import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Storage } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './panels.module.css';

interface PanelProps {
  title: string;
  state?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  testId?: string;
}

export function Panel({ title, state, actions, children, testId }: PanelProps) {
  return (
    <section className={styles.panel} data-testid={testId}>
      <header className={styles.head}>
        <h2>{title}</h2>
        {state}
        <span className={styles.spring} />
        {actions}
      </header>
      {children}
    </section>
  );
}

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
    <Panel title={t('storage.promise.title')} testId="promise">
      <p className={styles.words}>{inLanguage(promise, language)}</p>
      <p className={styles.muted}>
        {t('storage.promise.how', {
          policy: promise.flush,
          interval: promise.interval_s,
          fragment: promise.fragment_s,
        })}
      </p>
    </Panel>
  );
}

export function DeletionPanel({ deletion }: { deletion: Storage['deletion'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Panel
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
    </Panel>
  );
}
