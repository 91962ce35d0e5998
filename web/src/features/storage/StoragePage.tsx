import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Page } from '@/components/page/Page';
import { readStorage } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { Checks } from './Checks';
import { ClockPanel } from './ClockPanel';
import { DamageList } from './DamageList';
import { Groups } from './Groups';
import { DeletionPanel, PromisePanel } from './panels';
import { STORAGE_KEY } from './queries';
import styles from './StoragePage.module.css';

const EVERY_MS = 10_000;

export default function StoragePage() {
  const { t } = useTranslation();
  const checks = may(usePerson(), 'health.read');
  const storage = useQuery({ queryKey: STORAGE_KEY, queryFn: readStorage, refetchInterval: EVERY_MS });
  return (
    <Page title={t('storage.title')}>
      {storage.isPending && <Loading />}
      {storage.error && !storage.data && <ProblemNote error={storage.error} />}
      {storage.data && (
        <div className={styles.columns}>
          <div className={styles.column}>
            <Groups groups={storage.data.groups} />
            {checks && <Checks />}
            {checks && <DamageList />}
          </div>
          <div className={styles.column}>
            <PromisePanel promise={storage.data.promise} />
            <ClockPanel clock={storage.data.clock} />
            <DeletionPanel deletion={storage.data.deletion} />
          </div>
        </div>
      )}
    </Page>
  );
}
