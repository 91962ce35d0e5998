import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import styles from '@/components/law/law.module.css';
import { Ask } from './Ask';
import { Compare } from './Compare';
import { Here } from './Here';
import { Texts } from './Texts';

const TABS = ['texts', 'ask', 'compare', 'here'] as const;

/** What the installed texts say: read them, ask them, compare two days, and what applies at one place. */
export default function LawPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const parts = { texts: Texts, ask: Ask, compare: Compare, here: Here };
  return (
    <div className={styles.page}>
      <Tabs
        activeKey={TABS.find((tab) => tab === query.get('tab')) ?? 'texts'}
        onChange={(tab) => setQuery({ tab }, { replace: true })}
        destroyOnHidden
        items={TABS.map((key) => {
          const Part = parts[key];
          return { key, label: t(`law.tab.${key}`), children: <Part /> };
        })}
      />
    </div>
  );
}
