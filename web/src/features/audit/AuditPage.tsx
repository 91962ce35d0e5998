import { useTranslation } from 'react-i18next';
import { TabbedPage } from '@/components/page/Page';
import { Log } from './Log';
import { Verify } from './Verify';

const TABS = ['log', 'verify'] as const;

/** The auditor's desk: what happened, and whether anybody changed what is written about it. */
export default function AuditPage() {
  const { t } = useTranslation();
  const parts = { log: Log, verify: Verify };
  return (
    <TabbedPage
      title={t('audit.title')}
      tabs={TABS.map((key) => {
        const Part = parts[key];
        return { key, label: t(`audit.tab.${key}`), content: <Part /> };
      })}
    />
  );
}
