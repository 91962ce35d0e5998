import { LockOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import type { Person } from '@/api';
import { CodeField } from '@/components/CodeField';
import { ProblemNote } from '@/components/ProblemNote';
import { type Proof, ProofFields } from '@/components/ProofDialog';
import { Floating } from '@/components/Surface';
import { OWN_STATE_KEY, useHand, useOwnState } from '@/lib/ownState';
import { prove, takeOver } from '@/lib/server';
import { SESSION_KEY } from '@/lib/session';
import styles from './DutyLock.module.css';

/** At a duty place: the name of the place, the hand-over, and the lock over everything but live. */
export function DutyLock({ person }: { person: Person }) {
  const { t } = useTranslation();
  const own = useOwnState();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const onDuty = own.data?.kind === 'duty';
  const locked = own.data?.locked ?? false;
  useHand(onDuty && !locked);
  if (!onDuty) return null;
  const live = pathname.startsWith('/live');
  return (
    <>
      <div className={styles.bar} data-testid="duty-place" data-locked={locked}>
        {locked && <LockOutlined />}
        <strong>{own.data?.duty_place}</strong>
        <span>{t(locked ? 'duty.locked' : 'duty.onShift', { name: person.display_name })}</span>
        <span className={styles.spring} />
        <Button size="small" onClick={() => setOpen(true)} data-testid="hand-over">
          {t(locked ? 'duty.unlock' : 'duty.handOver')}
        </Button>
      </div>
      <Hands open={open || (locked && !live)} locked={locked} live={live} onClose={() => setOpen(false)} />
    </>
  );
}

function Hands({
  open,
  locked,
  live,
  onClose,
}: {
  open: boolean;
  locked: boolean;
  live: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const stay = locked && !live;
  return (
    <Modal
      open={open}
      title={t(locked ? 'duty.lockedTitle' : 'duty.handOver')}
      footer={null}
      closable={!stay}
      mask={{ closable: !stay }}
      onCancel={onClose}
      width={420}
      destroyOnHidden
    >
      <Floating>
        <Ways locked={locked} onDone={onClose} />
        {stay && (
          <Button type="link" block onClick={() => navigate('/live')} data-testid="to-live">
            {t('duty.toLive')}
          </Button>
        )}
      </Floating>
    </Modal>
  );
}

/** Made anew with each opening: a lock that falls while the next operator types does not take the form away. */
function Ways({ locked, onDone }: { locked: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<'unlock' | 'next'>(locked ? 'unlock' : 'next');
  return (
    <>
      {locked && (
        <>
          <Alert type="info" showIcon title={t('duty.lockedWhy')} style={{ marginBottom: 16 }} />
          <Segmented
            block
            value={way}
            onChange={setWay}
            style={{ marginBottom: 16 }}
            options={(['unlock', 'next'] as const).map((value) => ({ value, label: t(`duty.way.${value}`) }))}
          />
        </>
      )}
      {locked && way === 'unlock' ? <Unlock onDone={onDone} /> : <TakeOver onDone={onDone} />}
    </>
  );
}

function Unlock({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const unlock = useMutation({
    mutationFn: (proof: Proof) => prove(proof),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: OWN_STATE_KEY });
      onDone();
    },
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={unlock.mutate}>
      <ProofFields />
      <ProblemNote error={unlock.error} />
      <Button type="primary" htmlType="submit" block loading={unlock.isPending}>
        {t('duty.unlock')}
      </Button>
    </Form>
  );
}

function TakeOver({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const take = useMutation({
    mutationFn: (filled: { login_name: string; secret: string; code?: string }) =>
      takeOver(filled.login_name.trim(), filled.secret, filled.code?.trim()),
    onSuccess: async (person) => {
      queries.clear();
      queries.setQueryData(SESSION_KEY, person);
      onDone();
    },
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={take.mutate}>
      <Form.Item
        name="login_name"
        label={t('duty.nextName')}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input autoComplete="off" autoFocus />
      </Form.Item>
      <Form.Item name="secret" label={t('duty.secret')} rules={[{ required: true, message: t('form.required') }]}>
        <Input.Password autoComplete="off" />
      </Form.Item>
      <CodeField autoFocus={false} required={false} />
      <ProblemNote error={take.error} />
      <Button type="primary" htmlType="submit" block loading={take.isPending}>
        {t('duty.takeOver')}
      </Button>
    </Form>
  );
}
