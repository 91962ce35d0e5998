import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Administration } from './Administration';
import { DutyPlaces } from './DutyPlaces';
import styles from './PeoplePage.module.css';
import { PeopleTable } from './PeopleTable';
import { Programs } from './Programs';

const TABS = ['people', 'administration', 'duty', 'programs'] as const;

/** Who may come in: people, the three administrators, duty places, programs. */
export default function PeoplePage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const parts = { people: PeopleTable, administration: Administration, duty: DutyPlaces, programs: Programs };
  return (
    <div className={styles.page}>
      <Tabs
        activeKey={TABS.find((tab) => tab === query.get('tab')) ?? 'people'}
        onChange={(tab) => setQuery({ tab }, { replace: true })}
        destroyOnHidden
        items={TABS.map((key) => {
          const Part = parts[key];
          return { key, label: t(`people.tab.${key}`), children: <Part /> };
        })}
      />
    </div>
  );
}
