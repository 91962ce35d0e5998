import { PrinterOutlined, SwapOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyDesk, DutyShift } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { useServerNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { DUTY_KEY } from '@/lib/duty';
import { useKeys } from '@/lib/keys';
import { endShift } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './DutyPage.module.css';
import { HandoverWizard } from './HandoverWizard';

const TOLD_EVERY_MS = 10_000;

/** My shift: where, since when, until when, who is next; and the ways out of it. */
export function ShiftBar({ desk, shift }: { desk: DutyDesk; shift: DutyShift }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const post = desk.posts.find((one) => one.id === shift.post_id);
  const waiting = post?.waiting?.mine ? post.waiting : null;
  const [handing, setHanding] = useState(false);
  const end = useMutation({
    mutationFn: endShift,
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  useKeys(t('shift.keys'), [{ keys: ['h'], does: t('shift.handOver'), act: () => setHanding(true) }]);
  const sinceUs = microsOf(shift.begun_at);
  const nowUs = useServerNowUs(TOLD_EVERY_MS);
  const left = desk.tasks.filter((one) => !one.finished).length;
  return (
    <>
      <section className={styles.bar} data-testid="shift" data-number={shift.number}>
        <strong>{post?.name}</strong>
        <span>{shift.person}</span>
        <span className="tabular">
          {t('shift.since', { time: dateTimeOf(sinceUs), duration: durationWords(Math.max(0, nowUs - sinceUs), t) })}
        </span>
        <span className="tabular">
          {shift.planned_until
            ? t('shift.until', { time: dateTimeOf(microsOf(shift.planned_until)) })
            : t('shift.unplanned')}
        </span>
        {post?.planned_next && (
          <span className={`${styles.muted} tabular`}>
            {t('shift.plannedNext', {
              name: post.planned_next.person,
              from: dateTimeOf(microsOf(post.planned_next.start)),
            })}
          </span>
        )}
        <span className={`${styles.small} tabular`}>{shift.number}</span>
        <span className={styles.spring} />
        {desk.received && <Link to={`/duty?handover=${desk.received.id}`}>{t('shift.received')}</Link>}
        <Link to={`/duty?shift=${shift.id}`}>
          <PrinterOutlined /> {t('shift.printLog')}
        </Link>
        <Popconfirm
          title={t('shift.endTitle')}
          description={t(left > 0 ? 'shift.endLeft' : 'shift.endNobody', { left })}
          onConfirm={() => end.mutate()}
          okText={t('shift.end')}
          cancelText={t('form.cancel')}
          okButtonProps={{ 'data-testid': 'end-shift-confirm' }}
        >
          <Button loading={end.isPending} data-testid="end-shift">
            {t('shift.end')}
          </Button>
        </Popconfirm>
        <Button
          type="primary"
          icon={<SwapOutlined />}
          onClick={() => setHanding(true)}
          aria-keyshortcuts="H"
          data-testid="hand-over-shift"
        >
          {t(waiting ? 'shift.handOverWaits' : 'shift.handOver')}
        </Button>
      </section>
      <ProblemNote error={end.error} />
      <HandoverWizard open={handing} waiting={waiting} onClose={() => setHanding(false)} />
    </>
  );
}
