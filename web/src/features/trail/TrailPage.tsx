import { useTranslation } from 'react-i18next';
import { AuditEntries } from '@/components/AuditEntries';
import { ProblemNote } from '@/components/ProblemNote';
import { Page } from '@/components/page/Page';
import { useEntries } from '@/lib/audit';
import { readTrail } from '@/lib/server';

/** What the log holds about the person who looks: their acts, acts in their name, and what was done to the account. */
export default function TrailPage() {
  const { t } = useTranslation();
  const { error, ...list } = useEntries(['trail'], readTrail);
  return (
    <Page title={t('trail.title')} note={t('trail.text')}>
      <ProblemNote error={error} />
      <AuditEntries {...list} failed={Boolean(error)} />
    </Page>
  );
}
