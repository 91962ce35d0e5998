import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HandoverBrief } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { wishSound } from '@/lib/alertSound';
import { useDraft } from '@/lib/draftState';
import { DUTY_KEY } from '@/lib/duty';
import { ServerProblem } from '@/lib/problem';
import { confirmHandover, readHandover } from '@/lib/server';
import styles from './DutyPage.module.css';
import { SheetFacts } from './SheetFacts';

/** A hand-over waits for somebody: read it, and confirm with the own sign-in and a fresh proof. */
export function ConfirmHandover({ waiting }: { waiting: HandoverBrief }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [remark, setRemark, forgetRemark] = useDraft(`remark.${waiting.id}`);
  const [reason, setReason] = useState('');
  const sheet = useQuery({ queryKey: [...DUTY_KEY, 'handover', waiting.id], queryFn: () => readHandover(waiting.id) });
  const confirm = useMutation({
    mutationFn: () => confirmHandover(waiting.id, { remark: remark.trim(), reason: reason.trim() }),
    onSuccess: () => {
      forgetRemark();
      return queries.invalidateQueries({ queryKey: DUTY_KEY });
    },
  });
  const standsIn = confirm.error instanceof ServerProblem && confirm.error.problem.code === 'duty.not_planned';
  return (
    <form
      className={styles.form}
      data-testid="confirm-handover"
      onSubmit={(event) => {
        event.preventDefault();
        wishSound(true);
        confirm.mutate();
      }}
    >
      <strong>{t('shift.waitsForYou', { name: waiting.by, number: waiting.number })}</strong>
      <ProblemNote error={sheet.error} />
      {sheet.data && (
        <>
          <p style={{ whiteSpace: 'pre-wrap' }}>{sheet.data.summary}</p>
          <SheetFacts sheet={sheet.data.sheet} />
        </>
      )}
      <Input
        value={remark}
        onChange={(event) => setRemark(event.target.value)}
        maxLength={1_000}
        aria-label={t('shift.remark')}
        placeholder={t('shift.remarkPlaceholder')}
      />
      {standsIn && (
        <Input
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={200}
          aria-label={t('shift.standIn')}
          placeholder={t('shift.standIn')}
        />
      )}
      <ProblemNote error={confirm.error} />
      <Button type="primary" htmlType="submit" loading={confirm.isPending}>
        {t('shift.confirm')}
      </Button>
    </form>
  );
}
