import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import styles from './AuditPage.module.css';
import { Log } from './Log';
import { Verify } from './Verify';

const TABS = ['log', 'verify'] as const;

/** The auditor's desk: what happened, and whether anybody changed what is written about it. */
export default function AuditPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const parts = { log: Log, verify: Verify };
  return (
    <div className={styles.page}>
      <Tabs
        activeKey={TABS.find((tab) => tab === query.get('tab')) ?? 'log'}
        onChange={(tab) => setQuery({ tab }, { replace: true })}
        destroyOnHidden
        items={TABS.map((key) => {
          const Part = parts[key];
          return { key, label: t(`audit.tab.${key}`), children: <Part /> };
        })}
      />
    </div>
  );
}
