import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Modal, Select } from 'antd';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, Closing } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { useServerNowUs } from '@/lib/clock';
import { useDraft } from '@/lib/draftState';
import { durationWords } from '@/lib/duration';
import { useLanguage } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { acknowledgeAlert, assignAlert, closeAlert, listAlerts, listDutyPeople } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { clockOf, microsOf } from '@/lib/time';
import styles from './DutyPage.module.css';

const EVERY_MS = 10_000;
const REASONS: readonly Closing['reason'][] = ['handled', 'known', 'false_alarm', 'reported', 'other'];

/** What stands and nobody closed, the oldest first; next, acknowledge, assign and close by keyboard. */
export function AlertQueue() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const acts = may(usePerson(), 'alert.acknowledge');
  const asked = useQuery({ queryKey: ['alerts'], queryFn: listAlerts, refetchInterval: EVERY_MS });
  const alerts = queueOf(asked.data?.items ?? []);
  const [chosenId, choose] = useState<string | null>(null);
  const [dialog, setDialog] = useState<'assign' | 'close' | null>(null);
  usePeople(acts); // there before somebody types the first letters of a name
  const at = Math.max(
    0,
    alerts.findIndex((one) => one.id === chosenId),
  );
  const chosen = alerts[at] ?? null;
  const say = useMutation({
    mutationFn: (alert: Alert) => acknowledgeAlert(alert.id, ''),
    onSettled: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  });
  const move = (by: number) => {
    const next = alerts[Math.min(alerts.length - 1, Math.max(0, at + by))];
    if (next) choose(next.id);
  };
  const acknowledge = () => {
    if (chosen && !chosen.acknowledged) say.mutate(chosen);
  };
  useKeys(
    t('shift.alertKeys'),
    [
      { keys: ['j', 'ArrowDown'], does: t('shift.keyNext'), act: () => move(1), overControls: true },
      { keys: ['k', 'ArrowUp'], does: t('shift.keyBefore'), act: () => move(-1), overControls: true },
      { keys: ['a'], does: t('shift.acknowledge'), act: acknowledge, overControls: true },
      { keys: ['g'], does: t('shift.assign'), act: () => chosen && setDialog('assign'), overControls: true },
      { keys: ['c'], does: t('shift.closeAlert'), act: () => chosen && setDialog('close'), overControls: true },
    ],
    acts,
  );
  return (
    <section className={styles.panel} aria-label={t('shift.alerts')} data-testid="alert-queue">
      <h2>
        {t('shift.alerts')} <span className="tabular">{alerts.length}</span>
        <span className={styles.spring} />
        <span className={styles.small}>{t('shift.alertHint')}</span>
      </h2>
      <ProblemNote error={asked.error ?? say.error} />
      {alerts.length === 0 && asked.data && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('shift.noAlerts')} />
      )}
      <ul className={styles.list}>
        {alerts.map((alert) => (
          <Row key={alert.id} alert={alert} chosen={alert.id === chosen?.id} onChoose={() => choose(alert.id)}>
            {acts && alert.id === chosen?.id && (
              <span className={styles.acts}>
                <Button
                  size="small"
                  disabled={alert.acknowledged !== null}
                  loading={say.isPending}
                  onClick={acknowledge}
                  aria-keyshortcuts="A"
                >
                  {t('shift.acknowledge')}
                </Button>
                <Button size="small" onClick={() => setDialog('assign')} aria-keyshortcuts="G">
                  {t('shift.assign')}
                </Button>
                <Button size="small" onClick={() => setDialog('close')} aria-keyshortcuts="C">
                  {t('shift.closeAlert')}
                </Button>
              </span>
            )}
          </Row>
        ))}
      </ul>
      {chosen && dialog === 'assign' && <Assign alert={chosen} onClose={() => setDialog(null)} />}
      {chosen && dialog === 'close' && <Close alert={chosen} onClose={() => setDialog(null)} />}
    </section>
  );
}

/** By age: what has stood longest comes first. */
export const queueOf = (alerts: readonly Alert[]): Alert[] =>
  alerts
    .filter((alert) => alert.cleared_at === null && alert.closed === null)
    .sort((one, other) => microsOf(one.raised_at) - microsOf(other.raised_at));

interface RowProps {
  alert: Alert;
  chosen: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function Row({ alert, chosen, onChoose, children }: RowProps) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  const words = useLanguage() === 'zh-CN' ? alert.zh : alert.en;
  const raisedUs = microsOf(alert.raised_at);
  const nowUs = useServerNowUs(EVERY_MS);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <li
      ref={row}
      className={styles.row}
      data-testid="queued-alert"
      data-id={alert.id}
      data-severity={alert.severity}
      data-chosen={chosen}
      data-acknowledged={alert.acknowledged !== null}
      aria-current={chosen}
      onClick={onChoose}
      onKeyDown={(event) => event.key === 'Enter' && onChoose()}
    >
      <span className={styles.line}>
        <strong>{words.what}</strong>
        <span className={styles.small}>{t(`alerts.severity.${alert.severity}`)}</span>
        <span className={`${styles.small} tabular`}>
          {clockOf(raisedUs)} · {durationWords(Math.max(0, nowUs - raisedUs), t)}
        </span>
      </span>
      {chosen && <span>{words.advice}</span>}
      {alert.acknowledged && <span className={styles.small}>{t('shift.seenBy', { name: alert.acknowledged.by })}</span>}
      {alert.assigned && (
        <span className={styles.small} data-testid="assigned">
          {t('shift.assignedTo', { name: alert.assigned.to })}
        </span>
      )}
      {children}
    </li>
  );
}

const usePeople = (enabled = true) =>
  useQuery({ queryKey: ['duty-people', 'alerts'], queryFn: () => listDutyPeople('alerts'), enabled });

function Assign({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const [to, setTo] = useState<string | null>(null);
  const people = usePeople();
  const assign = useMutation({
    mutationFn: () => assignAlert(alert.id, to ?? ''),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  });
  return (
    <Modal open title={t('shift.assign')} footer={null} onCancel={onClose} destroyOnHidden>
      <Floating>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            assign.mutate();
          }}
        >
          <Select
            value={to}
            onChange={setTo}
            autoFocus
            defaultOpen={false}
            showSearch={{ optionFilterProp: 'label' }}
            loading={people.isPending}
            aria-label={t('shift.assignTo')}
            placeholder={t('shift.assignTo')}
            options={(people.data ?? []).map((one) => ({
              value: one.id,
              label: `${one.name} · ${language === 'zh-CN' ? one.role.zh : one.role.en}`,
            }))}
            data-testid="assignee"
          />
          <ProblemNote error={people.error ?? assign.error} />
          <Button
            type="primary"
            htmlType="submit"
            disabled={!to}
            loading={assign.isPending}
            data-testid="assign-confirm"
          >
            {t('shift.assign')}
          </Button>
        </form>
      </Floating>
    </Modal>
  );
}

function Close({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState<Closing['reason']>('handled');
  const [note, setNote, forgetNote] = useDraft(`close-alert.${alert.id}`);
  const close = useMutation({
    mutationFn: () => closeAlert(alert.id, reason, note),
    onSuccess: () => {
      forgetNote();
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  });
  return (
    <Modal open title={t('shift.closeAlert')} footer={null} onCancel={onClose} destroyOnHidden>
      <Floating>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            close.mutate();
          }}
        >
          <Select<Closing['reason']>
            value={reason}
            onChange={setReason}
            aria-label={t('shift.closeReason')}
            options={REASONS.map((value) => ({ value, label: t(`shift.closeWhy.${value}`) }))}
            data-testid="close-reason"
          />
          <Input.TextArea
            value={note}
            onChange={(event) => setNote(event.target.value)}
            autoFocus
            rows={2}
            maxLength={400}
            aria-label={t('shift.closeNote')}
            placeholder={t('shift.closeNote')}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && event.ctrlKey) close.mutate();
            }}
            data-testid="close-note"
          />
          <ProblemNote error={close.error} />
          <Button type="primary" htmlType="submit" loading={close.isPending} data-testid="close-confirm">
            {t('shift.closeAlert')}
          </Button>
        </form>
      </Floating>
    </Modal>
  );
}
