import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyDesk, DutyShift } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { DUTY_KEY } from '@/lib/duty';
import { listDutyLog, listDutyShifts } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './DutyPage.module.css';
import { EntryRow } from './EntryRow';

const UNUSUAL = new Set(['taken_over', 'relieved']);

/** Shifts and the log of every post within reach, newest first. */
export function Records({ desk }: { desk: DutyDesk }) {
  const { t } = useTranslation();
  const shifts = useInfiniteQuery({
    queryKey: [...DUTY_KEY, 'shifts'],
    queryFn: ({ pageParam }) => listDutyShifts(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const log = useInfiniteQuery({
    queryKey: [...DUTY_KEY, 'log'],
    queryFn: ({ pageParam }) => listDutyLog(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  const nameOf = (id: string) => desk.posts.find((post) => post.id === id)?.name ?? '—';
  return (
    <>
      <section className={styles.panel}>
        <h2>{t('shift.shifts')}</h2>
        <ProblemNote error={shifts.error} />
        <DataTable<DutyShift>
          sticky={false}
          rowKey="id"
          size="small"
          loading={shifts.isPending}
          failed={shifts.isError}
          dataSource={shifts.data?.pages.flatMap((page) => page.items) ?? []}
          pagination={false}
          empty={t('shift.noShifts')}
          columns={[
            {
              title: t('receipt.number'),
              render: (_value, one) => <Link to={`/duty?shift=${one.id}`}>{one.number}</Link>,
            },
            { title: t('shift.post'), render: (_value, one) => nameOf(one.post_id) },
            { title: t('shift.person'), dataIndex: 'person' },
            {
              title: t('shift.paperSpan'),
              render: (_value, one) =>
                `${dateTimeOf(microsOf(one.begun_at))} – ${one.ended_at ? dateTimeOf(microsOf(one.ended_at)) : ''}`,
            },
            {
              title: t('shift.endingLabel'),
              render: (_value, one) =>
                one.ending ? (
                  <Tag color={UNUSUAL.has(one.ending) ? 'orange' : 'default'}>{t(`shift.ending.${one.ending}`)}</Tag>
                ) : (
                  <Tag color="success">{t('shift.open')}</Tag>
                ),
            },
            { title: t('shift.why'), dataIndex: 'reason' },
          ]}
        />
        {shifts.hasNextPage && <Button onClick={() => shifts.fetchNextPage()}>{t('shift.more')}</Button>}
      </section>
      <section className={styles.panel}>
        <h2>{t('shift.log')}</h2>
        <ProblemNote error={log.error} />
        {log.data && entries.length === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('shift.noEntries')} />
        )}
        <ul className={styles.list}>
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} all={entries} withDay />
          ))}
        </ul>
        {log.hasNextPage && <Button onClick={() => log.fetchNextPage()}>{t('shift.more')}</Button>}
      </section>
    </>
  );
}
