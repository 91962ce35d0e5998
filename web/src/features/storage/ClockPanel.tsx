import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Storage } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { confirmClock } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import { GoodOrNot } from './panels';
import styles from './panels.module.css';
import { STORAGE_KEY } from './queries';

/** The clock that footage is dated by: whether it is trusted, when it last jumped, and a person's word for it. */
export function ClockPanel({ clock }: { clock: Storage['clock'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const mayConfirm = may(usePerson(), 'clock.confirm');
  const { ask, error } = useConfirmation();
  return (
    <Section
      title={t('storage.clock.title')}
      testId="clock"
      state={
        <GoodOrNot good={clock.trusted}>
          {t(clock.trusted ? 'storage.clock.trusted' : 'storage.clock.unconfirmed')}
        </GoodOrNot>
      }
    >
      <p className={styles.words}>{inLanguage(clock, language)}</p>
      <LastStep clock={clock} />
      {!clock.trusted && mayConfirm && (
        <Button type="primary" className={styles.act ?? ''} onClick={ask} data-testid="confirm-clock">
          {t('storage.clock.confirm')}
        </Button>
      )}
      {!clock.trusted && !mayConfirm && <p className={styles.muted}>{t('storage.clock.whoConfirms')}</p>}
      <div className={styles.note}>
        <ProblemNote error={error} />
      </div>
    </Section>
  );
}

function LastStep({ clock }: { clock: Storage['clock'] }) {
  const { t } = useTranslation();
  if (!clock.since || !clock.step_us) return <p className={styles.muted}>{t('storage.clock.never')}</p>;
  const size = durationWords(Math.abs(clock.step_us), t);
  const time = dateTimeOf(microsOf(clock.since));
  return (
    <p className={styles.muted}>
      {t(clock.step_us < 0 ? 'storage.clock.backward' : 'storage.clock.forward', { time, size })}
    </p>
  );
}

function useConfirmation() {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: confirmClock,
    onSuccess: async () => {
      message.success(t('storage.clock.confirmed'));
      await queries.invalidateQueries({ queryKey: STORAGE_KEY });
    },
  });
  const ask = () =>
    modal.confirm({
      title: t('storage.clock.askTitle', { time: dateTimeOf(serverNowUs()) }),
      content: t('storage.clock.askText'),
      okText: t('storage.clock.confirm'),
      cancelText: t('form.cancel'),
      onOk: () => confirm.mutateAsync().catch(() => undefined),
    });
  return { ask, error: confirm.error };
}
