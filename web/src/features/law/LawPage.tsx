import { useTranslation } from 'react-i18next';
import { TabbedPage } from '@/components/page/Page';
import { Ask } from './Ask';
import { Compare } from './Compare';
import { Here } from './Here';
import { Texts } from './Texts';

const TABS = ['texts', 'ask', 'compare', 'here'] as const;

/** What the installed texts say: read them, ask them, compare two days, and what applies at one place. */
export default function LawPage() {
  const { t } = useTranslation();
  const parts = { texts: Texts, ask: Ask, compare: Compare, here: Here };
  return (
    <TabbedPage
      title={t('law.title')}
      tabs={TABS.map((key) => {
        const Part = parts[key];
        return { key, label: t(`law.tab.${key}`), content: <Part /> };
      })}
    />
  );
}
