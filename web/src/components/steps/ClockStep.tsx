import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { readClock } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import { Step } from './Step';
import styles from './steps.module.css';

const FAR_S = 2;

/** One digit, and never a zero with a minus. */
export const tenths = (seconds: number): string => (Math.round(seconds * 10) / 10 || 0).toFixed(1);

async function compared() {
  const asked = Date.now();
  const state = await readClock();
  const middle = (asked + Date.now()) / 2;
  return { ...state, differs: (microsOf(state.server_time) / 1000 - middle) / 1000 };
}

/** The server's time beside this computer's, and whether a time service keeps the server's. */
export function ClockStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const clock = useQuery({ queryKey: ['clock-step'], queryFn: compared, refetchInterval: 5_000 });
  const far = Math.abs(clock.data?.differs ?? 0) > FAR_S;
  return (
    <Step step="clock" onDone={onDone}>
      <ProblemNote error={clock.error} />
      {clock.data && (
        <>
          <dl className={styles.facts}>
            <dt>{t('steps.clock.server')}</dt>
            <dd className="tabular">{dateTimeOf(microsOf(clock.data.server_time))}</dd>
            <dt>{t('steps.clock.here')}</dt>
            <dd className="tabular">{dateTimeOf(Date.now() * 1000)}</dd>
            <dt>{t('steps.clock.differs')}</dt>
            <dd className="tabular" data-testid="clock-differs">
              {t('steps.clock.seconds', { seconds: tenths(clock.data.differs) })}
            </dd>
            <dt>{t('steps.clock.service')}</dt>
            <dd>{t(clock.data.synchronised ? 'steps.clock.kept' : 'steps.clock.notKept')}</dd>
          </dl>
          {(far || !clock.data.synchronised) && (
            <Alert type="warning" showIcon title={t(far ? 'steps.clock.far' : 'steps.clock.advice')} />
          )}
        </>
      )}
    </Step>
  );
}
