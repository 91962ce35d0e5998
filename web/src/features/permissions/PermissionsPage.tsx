import { useTranslation } from 'react-i18next';
import { TabbedPage } from '@/components/page/Page';
import { Deputies } from './Deputies';
import { Grants } from './Grants';
import { Table } from './Table';
import { Why } from './Why';

const TABS = ['grants', 'deputies', 'table', 'why'] as const;

/** Who reaches what: grants, deputies, the table of roles, and why somebody may see something. */
export default function PermissionsPage() {
  const { t } = useTranslation();
  const parts = { grants: Grants, deputies: Deputies, table: Table, why: Why };
  return (
    <TabbedPage
      title={t('permissions.title')}
      tabs={TABS.map((key) => {
        const Part = parts[key];
        return { key, label: t(`permissions.tab.${key}`), content: <Part /> };
      })}
    />
  );
}
