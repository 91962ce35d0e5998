import { DeleteOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mark } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useChannelsOf } from '@/lib/channels';
import { listMarks, removeMark } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { useSettled } from '@/lib/settled';
import { clockOf, dateTimeOf, microsOf } from '@/lib/time';
import styles from './MarkList.module.css';
import { MOMENTS_KEY } from './timeline/useMoments';

export const MARKS_KEY = ['marks'] as const;

/** Marks of all channels that one reaches, found by their words. */
export function MarkList({ onGo }: { onGo: (mark: Mark) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const words = useSettled(typed, 250);
  const pages = useInfiniteQuery({
    queryKey: [...MARKS_KEY, words],
    queryFn: ({ pageParam }) => listMarks(words.trim(), null, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const marks = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const known = useChannelsOf(marks.map((mark) => mark.channel_id));
  return (
    <section className={styles.list} aria-label={t('marks.title')}>
      <Input.Search
        allowClear
        placeholder={t('marks.search')}
        aria-label={t('marks.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        data-testid="mark-search"
      />
      <ProblemNote error={pages.error} />
      {pages.isPending && !pages.error && <Loading />}
      {pages.data && marks.length === 0 && <Empty description={t(words ? 'marks.noneFound' : 'marks.none')} />}
      <ul>
        {marks.map((mark) => (
          <Row key={mark.id} mark={mark} channel={known.get(mark.channel_id)?.name ?? ''} onGo={onGo} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button block loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
          {t('marks.more')}
        </Button>
      )}
    </section>
  );
}

function Row({ mark, channel, onGo }: { mark: Mark; channel: string; onGo: (mark: Mark) => void }) {
  const { t } = useTranslation();
  const lifts = may(usePerson(), 'hold.lift');
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMark(mark.id),
    onSettled: () => {
      queries.invalidateQueries({ queryKey: MARKS_KEY });
      queries.invalidateQueries({ queryKey: MOMENTS_KEY });
    },
  });
  const [from, to] = [microsOf(mark.start), microsOf(mark.end)];
  return (
    <li className={styles.row} data-testid="mark-row">
      <button type="button" className={styles.go} onClick={() => onGo(mark)} title={t('marks.go')}>
        <strong>{mark.name}</strong>
        <span className="tabular">
          {channel} · {dateTimeOf(from)}
          {to > from && ` – ${clockOf(to)}`}
        </span>
        <small>{t('marks.by', { name: mark.placed_by, time: dateTimeOf(microsOf(mark.placed_at)) })}</small>
      </button>
      {(mark.placed_by_me || lifts) && (
        <Popconfirm title={t('marks.removeAsk')} okText={t('marks.remove')} onConfirm={() => remove.mutate()}>
          <Button
            type="text"
            icon={<DeleteOutlined />}
            loading={remove.isPending}
            aria-label={`${t('marks.remove')} ${mark.name}`}
            data-testid="mark-remove"
          />
        </Popconfirm>
      )}
      <ProblemNote error={remove.error} />
    </li>
  );
}
