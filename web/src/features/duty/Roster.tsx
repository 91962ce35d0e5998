import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyDesk, DutyPost, DutyRoster, RosterDay, RosterSlot } from '@/api';
import { DayField } from '@/components/DayField';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { Receipt, type ReceiptShown } from '@/components/Receipt';
import { keep, kept } from '@/lib/drafts';
import { DUTY_KEY } from '@/lib/duty';
import {
  addDutyPost,
  clearDutyDay,
  endDutyPost,
  listDutyPeople,
  readRoster,
  setDutyDay,
  setDutyWeek,
} from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { Articles } from './Articles';
import styles from './DutyPage.module.css';
import { Slots } from './Slots';
import { TaskList } from './TaskList';

const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;

/** Who is planned where: the week, the days that do not follow it, and the must-do list. */
export function RosterPart({ desk }: { desk: DutyDesk }) {
  const { t } = useTranslation();
  const plans = may(usePerson(), 'duty.plan');
  const [chosen, choose] = useState<string | null>(null);
  const post = desk.posts.find((one) => one.id === chosen) ?? desk.posts[0];
  return (
    <>
      <div className={styles.bar}>
        {post && (
          <Select
            value={post.id}
            onChange={choose}
            style={{ minWidth: 220 }}
            aria-label={t('shift.post')}
            options={desk.posts.map((one) => ({ value: one.id, label: one.name }))}
          />
        )}
        {plans && <AddPost onAdded={choose} />}
        {plans && post && !post.on_duty && <EndPost post={post} />}
      </div>
      {post ? (
        <PostRoster key={post.id} post={post} />
      ) : (
        <Empty description={t(plans ? 'shift.noPostsPlan' : 'shift.noPosts')} />
      )}
    </>
  );
}

function AddPost({ onAdded }: { onAdded: (id: string) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: () => addDutyPost({ name }),
    onSuccess: async (post) => {
      setName('');
      await queries.invalidateQueries({ queryKey: DUTY_KEY });
      onAdded(post.id);
    },
  });
  return (
    <form
      className={styles.line}
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Input
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={64}
        style={{ width: 200 }}
        aria-label={t('shift.newPost')}
        placeholder={t('shift.newPost')}
        data-testid="post-name"
      />
      <Button
        htmlType="submit"
        icon={<PlusOutlined />}
        disabled={name.trim() === ''}
        loading={add.isPending}
        data-testid="add-post"
      >
        {t('shift.addPost')}
      </Button>
      <ProblemNote error={add.error} />
    </form>
  );
}

function EndPost({ post }: { post: DutyPost }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => endDutyPost(post.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  return (
    <>
      <Button onClick={() => end.mutate()} loading={end.isPending}>
        {t('shift.endPost', { name: post.name })}
      </Button>
      <ProblemNote error={end.error} />
    </>
  );
}

function PostRoster({ post }: { post: DutyPost }) {
  const roster = useQuery({ queryKey: [...DUTY_KEY, 'roster', post.id], queryFn: () => readRoster(post.id) });
  if (roster.isPending) return <Loading />;
  if (!roster.data) return <ProblemNote error={roster.error} />;
  return (
    <>
      <Week post={post} roster={roster.data} />
      <Exceptions post={post} roster={roster.data} />
      <TaskList post={post} tasks={roster.data.tasks} />
    </>
  );
}

const usePeople = () => useQuery({ queryKey: ['duty-people', 'duty'], queryFn: () => listDutyPeople('duty') });
const bare = ({ start, minutes, person_id }: RosterSlot): RosterSlot => ({ start, minutes, person_id });

function Week({ post, roster }: { post: DutyPost; roster: DutyRoster }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const people = usePeople();
  const draft = `roster.${post.id}`;
  const [week, setWeek] = useState<RosterDay[]>(() => (kept(draft) as RosterDay[] | null) ?? roster.week);
  const [receipt, setReceipt] = useState<ReceiptShown | null>(null);
  const slotsOf = (day: number) => week.find((one) => one.weekday === day)?.slots ?? [];
  const change = (next: RosterDay[]) => {
    setWeek(next);
    keep(draft, next);
  };
  const put = (day: number, slots: RosterSlot[]) =>
    change([...week.filter((one) => one.weekday !== day), ...(slots.length ? [{ weekday: day, slots }] : [])]);
  const save = useMutation({
    mutationFn: () =>
      setDutyWeek(
        post.id,
        week.map(({ weekday, slots }) => ({ weekday, slots: slots.map(bare) })),
      ),
    onSuccess: ({ number, roster: saved }) => {
      keep(draft, null);
      setWeek(saved.week);
      setReceipt({
        what: t('shift.part.roster'),
        number,
        lines: [[t('shift.post'), post.name]],
      });
      return queries.invalidateQueries({ queryKey: DUTY_KEY });
    },
  });
  return (
    <section className={styles.panel} data-testid="week">
      <h2>{t('shift.week')}</h2>
      <table className={styles.week}>
        <tbody>
          {DAYS.map((day) => (
            <tr key={day}>
              <th scope="row">{t(`shift.day.${day}`)}</th>
              <td>
                <Slots
                  slots={slotsOf(day)}
                  people={people.data ?? []}
                  disabled={!post.may_plan}
                  onChange={(slots) => put(day, slots)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ProblemNote error={people.error ?? save.error} />
      {post.may_plan && (
        <span className={styles.acts}>
          <Button onClick={() => change(DAYS.map((weekday) => ({ weekday, slots: slotsOf(0) })))}>
            {t('shift.likeMonday')}
          </Button>
          <Button type="primary" onClick={() => save.mutate()} loading={save.isPending} data-testid="save-week">
            {t('shift.saveRoster')}
          </Button>
        </span>
      )}
      <Articles articles={roster.articles} />
      <Receipt shown={receipt} onClose={() => setReceipt(null)} />
    </section>
  );
}

function Exceptions({ post, roster }: { post: DutyPost; roster: DutyRoster }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const people = usePeople();
  const [day, setDay] = useState('');
  const [name, setName] = useState('');
  const [slots, setSlots] = useState<RosterSlot[]>([]);
  const done = () => queries.invalidateQueries({ queryKey: DUTY_KEY });
  const save = useMutation({
    mutationFn: () => setDutyDay(post.id, day, { name, slots: slots.map(bare) }),
    onSuccess: () => {
      setDay('');
      setName('');
      setSlots([]);
      return done();
    },
  });
  const clear = useMutation({ mutationFn: (one: string) => clearDutyDay(post.id, one), onSuccess: done });
  return (
    <section className={styles.panel} data-testid="exceptions">
      <h2>{t('shift.exceptions')}</h2>
      <p className={styles.muted}>{t('shift.exceptionsWhat')}</p>
      <ul className={styles.list}>
        {roster.days.map((one) => (
          <li key={one.day} className={styles.row}>
            <span className={`${styles.line} tabular`}>
              <strong>{one.day}</strong> {one.name}
              {one.slots.length === 0 && <span className={styles.muted}>{t('shift.nobodyThatDay')}</span>}
              {one.slots.map((slot) => (
                <span key={slot.start}>{`${slot.start} +${slot.minutes / 60} h ${slot.person}`}</span>
              ))}
              {post.may_plan && (
                <Button size="small" onClick={() => clear.mutate(one.day)} loading={clear.isPending}>
                  {t('shift.followWeek')}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {post.may_plan && (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <span className={styles.line}>
            <DayField value={day} onChange={setDay} aria-label={t('shift.exceptionDay')} />
            <Input
              value={name}
              onChange={(event) => setName(event.target.value)}
              maxLength={40}
              style={{ width: 220 }}
              aria-label={t('shift.exceptionName')}
              placeholder={t('shift.exceptionName')}
            />
          </span>
          <Slots slots={slots} people={people.data ?? []} disabled={false} onChange={setSlots} />
          <ProblemNote error={save.error ?? clear.error} />
          <span>
            <Button htmlType="submit" disabled={!day || !name.trim()} loading={save.isPending}>
              {t('shift.saveDay')}
            </Button>
          </span>
        </form>
      )}
    </section>
  );
}
