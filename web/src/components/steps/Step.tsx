import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { reviewStep, type StepCode } from '@/lib/server';
import styles from './steps.module.css';

export const SITE_KEY = ['site'] as const;
export const STEPS = ['storage', 'clock', 'certificate', 'network', 'cameras'] as const;

/** One part of the set-up, looked at: what it is, what was found, and on to the next. */
export function Step({ step, children, onDone }: { step: StepCode; children: ReactNode; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const done = useMutation({
    mutationFn: () => reviewStep(step),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: SITE_KEY });
      onDone();
    },
  });
  return (
    <section data-testid={`step-${step}`}>
      <p className={styles.what}>{t(`steps.what.${step}`)}</p>
      {children}
      <ProblemNote error={done.error} />
      <div className={styles.actions}>
        <Button type="primary" onClick={() => done.mutate()} loading={done.isPending} data-testid="step-done">
          {t('steps.next')}
        </Button>
      </div>
    </section>
  );
}
