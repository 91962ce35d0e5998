import { LoginOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyDesk, DutyPost } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { wishSound } from '@/lib/alertSound';
import { DUTY_KEY } from '@/lib/duty';
import { ServerProblem } from '@/lib/problem';
import { beginShift, relieveShift } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import { Articles } from './Articles';
import { ConfirmHandover } from './ConfirmHandover';
import styles from './DutyPage.module.css';

/** Off duty: every post within reach, who is there, who is next, and the way in. */
export function Posts({ desk }: { desk: DutyDesk }) {
  const { t } = useTranslation();
  const plans = may(usePerson(), 'duty.plan');
  if (desk.posts.length === 0) {
    return <Empty description={t(plans ? 'shift.noPostsPlan' : 'shift.noPosts')} data-testid="no-posts" />;
  }
  return (
    <>
      {desk.next && (
        <p className={`${styles.bar} tabular`} data-testid="own-next">
          {t('shift.ownNext', {
            from: dateTimeOf(microsOf(desk.next.start)),
            until: dateTimeOf(microsOf(desk.next.end)),
          })}
        </p>
      )}
      <div className={styles.posts}>
        {desk.posts.map((post) => (
          <Post key={post.id} post={post} here={desk.here === post.id} />
        ))}
      </div>
    </>
  );
}

function Post({ post, here }: { post: DutyPost; here: boolean }) {
  const { t } = useTranslation();
  const where = post.place?.name ?? post.organisation?.name;
  return (
    <section className={styles.panel} data-testid="post" data-post={post.name}>
      <h2>
        {post.name}
        {where && <span className={styles.muted}>{where}</span>}
        {here && <Tag color="warning">{t('shift.here')}</Tag>}
      </h2>
      <p className="tabular" data-testid="on-duty">
        {post.on_duty
          ? t('shift.onDutySince', { name: post.on_duty.person, time: dateTimeOf(microsOf(post.on_duty.begun_at)) })
          : t('shift.nobody')}
      </p>
      {post.planned_now && (
        <p className={`${styles.muted} tabular`}>
          {t('shift.plannedNow', {
            name: post.planned_now.person,
            until: dateTimeOf(microsOf(post.planned_now.end)),
          })}
        </p>
      )}
      {post.planned_next && (
        <p className={`${styles.muted} tabular`}>
          {t('shift.plannedNext', {
            name: post.planned_next.person,
            from: dateTimeOf(microsOf(post.planned_next.start)),
          })}
        </p>
      )}
      {post.waiting && !post.waiting.mine && post.may_serve && <ConfirmHandover waiting={post.waiting} />}
      {!post.on_duty && post.may_serve && <Begin post={post} />}
      {post.on_duty && post.may_plan && <Relieve post={post} />}
      <Articles articles={post.articles} />
    </section>
  );
}

function Begin({ post }: { post: DutyPost }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const begin = useMutation({
    mutationFn: () => beginShift(post.id, reason),
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  const standsIn = begin.error instanceof ServerProblem && begin.error.problem.code === 'duty.not_planned';
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        // Alerts are to be heard on duty, and this click is the one that browsers wait for.
        wishSound(true);
        begin.mutate();
      }}
    >
      {standsIn && (
        <Input
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={200}
          autoFocus
          aria-label={t('shift.standIn')}
          placeholder={t('shift.standIn')}
          data-testid="stand-in"
        />
      )}
      <ProblemNote error={begin.error} />
      <span className={styles.line}>
        <Button
          type="primary"
          htmlType="submit"
          icon={<LoginOutlined />}
          loading={begin.isPending}
          data-testid="begin-shift"
        >
          {t('shift.begin')}
        </Button>
        <span className={styles.small}>{t('shift.beginHint')}</span>
      </span>
    </form>
  );
}

/** For whoever plans: a shift that nobody ends. */
function Relieve({ post }: { post: DutyPost }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const relieve = useMutation({
    mutationFn: () => relieveShift(post.on_duty?.id ?? '', reason),
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  return (
    <form
      className={styles.line}
      onSubmit={(event) => {
        event.preventDefault();
        relieve.mutate();
      }}
    >
      <Input
        size="small"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        style={{ width: 200 }}
        maxLength={200}
        aria-label={t('shift.relieveWhy')}
        placeholder={t('shift.relieveWhy')}
      />
      <Button size="small" htmlType="submit" disabled={reason.trim().length < 2} loading={relieve.isPending}>
        {t('shift.relieve')}
      </Button>
      <ProblemNote error={relieve.error} />
    </form>
  );
}
