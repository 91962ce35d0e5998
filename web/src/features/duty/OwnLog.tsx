import { useQuery } from '@tanstack/react-query';
import { Button, Empty } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyLogEntry, DutyShift } from '@/api';
import { LogForm } from '@/components/duty/LogForm';
import { ProblemNote } from '@/components/ProblemNote';
import { DUTY_KEY } from '@/lib/duty';
import { readShift } from '@/lib/server';
import styles from './DutyPage.module.css';
import { EntryRow } from './EntryRow';

/** The box for the log of the own shift, and what stands in it, newest first. */
export function OwnLog({ shift }: { shift: DutyShift }) {
  const { t } = useTranslation();
  const [correcting, setCorrecting] = useState<DutyLogEntry | null>(null);
  const sheet = useQuery({ queryKey: [...DUTY_KEY, 'shift', shift.id], queryFn: () => readShift(shift.id) });
  const entries = [...(sheet.data?.entries ?? [])].reverse();
  return (
    <section className={styles.panel} aria-label={t('shift.log')} data-testid="own-log">
      <h2>{t('shift.log')}</h2>
      {correcting && (
        <p className={styles.line}>
          {t('shift.correcting', { number: correcting.number })}
          <Button size="small" onClick={() => setCorrecting(null)}>
            {t('shift.correctNot')}
          </Button>
        </p>
      )}
      <LogForm
        key={correcting?.id ?? ''}
        draft={correcting ? `log-correct.${correcting.id}` : 'log'}
        corrects={correcting}
        onWritten={() => setCorrecting(null)}
      />
      <ProblemNote error={sheet.error} />
      {sheet.data && entries.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('shift.noEntries')} />
      )}
      <ul className={styles.list} style={{ marginTop: 10 }}>
        {entries.map((entry) => (
          <EntryRow
            key={entry.id}
            entry={entry}
            all={entries}
            {...(entry.corrects === null && entry.category !== 'handover' && { onCorrect: () => setCorrecting(entry) })}
          />
        ))}
      </ul>
    </section>
  );
}
