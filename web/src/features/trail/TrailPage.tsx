import { useTranslation } from 'react-i18next';
import { AuditEntries } from '@/components/AuditEntries';
import { ProblemNote } from '@/components/ProblemNote';
import { useEntries } from '@/lib/audit';
import { readTrail } from '@/lib/server';
import styles from './TrailPage.module.css';

/** What the log holds about the person who looks: their acts, acts in their name, and what was done to the account. */
export default function TrailPage() {
  const { t } = useTranslation();
  const { error, ...list } = useEntries(['trail'], readTrail);
  return (
    <div className={styles.page}>
      <h1>{t('trail.title')}</h1>
      <p className={styles.text}>{t('trail.text')}</p>
      <ProblemNote error={error} />
      <AuditEntries {...list} />
    </div>
  );
}
