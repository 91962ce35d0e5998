import { useTranslation } from 'react-i18next';
import { TabbedPage } from '@/components/page/Page';
import { Administration } from './Administration';
import { DutyPlaces } from './DutyPlaces';
import { PeopleTable } from './PeopleTable';
import { Programs } from './Programs';

const TABS = ['people', 'administration', 'duty', 'programs'] as const;

/** Who may come in: people, the three administrators, duty places, programs. */
export default function PeoplePage() {
  const { t } = useTranslation();
  const parts = { people: PeopleTable, administration: Administration, duty: DutyPlaces, programs: Programs };
  return (
    <TabbedPage
      title={t('people.title')}
      tabs={TABS.map((key) => {
        const Part = parts[key];
        return { key, label: t(`people.tab.${key}`), content: <Part /> };
      })}
    />
  );
}
