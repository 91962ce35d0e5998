import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Deputies } from './Deputies';
import { Grants } from './Grants';
import styles from './PermissionsPage.module.css';
import { Table } from './Table';
import { Why } from './Why';

const TABS = ['grants', 'deputies', 'table', 'why'] as const;

/** Who reaches what: grants, deputies, the table of roles, and why somebody may see something. */
export default function PermissionsPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const parts = { grants: Grants, deputies: Deputies, table: Table, why: Why };
  return (
    <div className={styles.page}>
      <Tabs
        activeKey={TABS.find((tab) => tab === query.get('tab')) ?? 'grants'}
        onChange={(tab) => setQuery({ tab }, { replace: true })}
        destroyOnHidden
        items={TABS.map((key) => {
          const Part = parts[key];
          return { key, label: t(`permissions.tab.${key}`), children: <Part /> };
        })}
      />
    </div>
  );
}
