import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Steps } from 'antd';
import { useTranslation } from 'react-i18next';
import type { HandoverBrief } from '@/api';
import { CodeField } from '@/components/CodeField';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { useDraft } from '@/lib/draftState';
import { DUTY_KEY } from '@/lib/duty';
import { ServerProblem } from '@/lib/problem';
import { confirmHandoverHere, previewHandover, readHandover, submitHandover, withdrawHandover } from '@/lib/server';
import { SESSION_KEY } from '@/lib/session';
import styles from './DutyPage.module.css';
import { SheetFacts } from './SheetFacts';

interface Props {
  open: boolean;
  waiting: HandoverBrief | null;
  onClose: () => void;
}

/** Two halves by two people: the outgoing one writes and submits, the incoming one confirms with the own sign-in. */
export function HandoverWizard({ open, waiting, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      open={open}
      title={t('shift.handOver')}
      footer={null}
      onCancel={onClose}
      width={720}
      destroyOnHidden
      data-testid="handover-wizard"
    >
      <Floating className={styles.form ?? ''}>
        <Steps
          size="small"
          current={waiting ? 1 : 0}
          items={[{ title: t('shift.stepOut') }, { title: t('shift.stepIn') }]}
        />
        {waiting ? <Incoming waiting={waiting} onDone={onClose} /> : <Outgoing />}
      </Floating>
    </Modal>
  );
}

function Outgoing() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [summary, setSummary, forgetSummary] = useDraft('handover');
  const preview = useQuery({ queryKey: [...DUTY_KEY, 'preview'], queryFn: previewHandover });
  const submit = useMutation({
    mutationFn: () => submitHandover(summary.trim()),
    onSuccess: () => {
      forgetSummary();
      return queries.invalidateQueries({ queryKey: DUTY_KEY });
    },
  });
  const ready = summary.trim().length >= 2;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) submit.mutate();
      }}
    >
      <label htmlFor="handover-summary">{t('shift.summary')}</label>
      <Input.TextArea
        id="handover-summary"
        value={summary}
        onChange={(event) => setSummary(event.target.value)}
        autoFocus
        rows={4}
        maxLength={4_000}
        placeholder={t('shift.summaryPlaceholder')}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.ctrlKey && ready) submit.mutate();
        }}
        data-testid="handover-summary"
      />
      <h3>{t('shift.collected')}</h3>
      {preview.isPending && <Loading />}
      <ProblemNote error={preview.error ?? submit.error} />
      {preview.data && <SheetFacts sheet={preview.data} />}
      <Button
        type="primary"
        htmlType="submit"
        disabled={!ready}
        loading={submit.isPending}
        data-testid="handover-submit"
      >
        {t('shift.submit')}
      </Button>
    </form>
  );
}

interface Filled {
  login_name: string;
  secret: string;
  code?: string;
  remark?: string;
  reason?: string;
}

/** What is handed over: nobody signs what they cannot read. */
function Written({ id }: { id: string }) {
  const sheet = useQuery({ queryKey: [...DUTY_KEY, 'handover', id], queryFn: () => readHandover(id) });
  return (
    <>
      <ProblemNote error={sheet.error} />
      {sheet.isPending && <Loading />}
      {sheet.data && (
        <div data-testid="handover-written" style={{ marginBottom: 16 }}>
          <p style={{ whiteSpace: 'pre-wrap' }}>{sheet.data.summary}</p>
          <SheetFacts sheet={sheet.data.sheet} />
        </div>
      )}
    </>
  );
}

/** At this browser the incoming person signs in: that is the proof, and the desk is theirs from then on. */
function Incoming({ waiting, onDone }: { waiting: HandoverBrief; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: ({ login_name, secret, code, remark, reason }: Filled) =>
      confirmHandoverHere(waiting.id, {
        login_name: login_name.trim(),
        secret,
        remark: remark?.trim() ?? '',
        reason: reason?.trim() ?? '',
        ...(code && { code: code.trim() }),
      }),
    onSuccess: (person) => {
      onDone();
      queries.clear();
      queries.setQueryData(SESSION_KEY, person);
    },
  });
  const withdraw = useMutation({
    mutationFn: () => withdrawHandover(waiting.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  const standsIn = confirm.error instanceof ServerProblem && confirm.error.problem.code === 'duty.not_planned';
  return (
    <Form<Filled> layout="vertical" requiredMark={false} onFinish={confirm.mutate}>
      <p data-testid="handover-number">{t('shift.submitted', { number: waiting.number })}</p>
      <p>{t('shift.incomingWhat')}</p>
      <Written id={waiting.id} />
      <Form.Item
        name="login_name"
        label={t('duty.nextName')}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input autoComplete="off" autoFocus data-testid="incoming-name" />
      </Form.Item>
      <Form.Item name="secret" label={t('duty.secret')} rules={[{ required: true, message: t('form.required') }]}>
        <Input.Password autoComplete="off" data-testid="incoming-secret" />
      </Form.Item>
      <CodeField autoFocus={false} required={false} />
      <Form.Item name="remark" label={t('shift.remark')}>
        <Input maxLength={1_000} placeholder={t('shift.remarkPlaceholder')} data-testid="incoming-remark" />
      </Form.Item>
      {standsIn && (
        <Form.Item name="reason" label={t('shift.standIn')}>
          <Input maxLength={200} data-testid="incoming-reason" />
        </Form.Item>
      )}
      <ProblemNote error={confirm.error ?? withdraw.error} />
      <span className={styles.acts}>
        <Button type="primary" htmlType="submit" loading={confirm.isPending} data-testid="handover-confirm">
          {t('shift.confirmHere')}
        </Button>
        <Button onClick={() => withdraw.mutate()} loading={withdraw.isPending}>
          {t('shift.withdraw')}
        </Button>
      </span>
    </Form>
  );
}
