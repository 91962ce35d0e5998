import { SearchOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input, Segmented } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntryNode } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { listEntries } from '@/lib/server';
import styles from './registry.module.css';

const PAGE = 50;
const KINDS = ['all', 'organisation', 'place', 'channel'] as const;

interface Props {
  under: string;
  onOpen: (entry: EntryNode) => void;
}

/** What is below the chosen node, or everything; searched on the server by characters, pinyin and initials. */
export function EntryTable({ under, onOpen }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [words, setWords] = useState('');
  const [kind, setKind] = useState<(typeof KINDS)[number]>('all');
  const asked = useDeferredValue(words.trim());
  const kinds = kind === 'all' ? (['organisation', 'place', 'channel'] as const) : [kind];
  const found = useInfiniteQuery({
    queryKey: ['registry', 'entries', asked, kind, under],
    queryFn: ({ pageParam }) => listEntries(asked, [...kinds], under, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  return (
    <>
      <div className={styles.tools}>
        <Input
          allowClear
          prefix={<SearchOutlined />}
          placeholder={t('registry.search')}
          aria-label={t('registry.search')}
          maxLength={100}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <Segmented
          value={kind}
          onChange={setKind}
          aria-label={t('registry.column.kind')}
          options={KINDS.map((value) => ({ value, label: t(`registry.kind.${value}`) }))}
        />
      </div>
      <ProblemNote error={found.error} />
      <DataTable
        rowKey="node"
        loading={found.isPending}
        failed={Boolean(found.error)}
        sticky={false}
        dataSource={found.data?.pages.flatMap((page) => page.items) ?? []}
        pagination={false}
        empty={t(asked || kind !== 'all' ? 'registry.nothing' : 'registry.nothingHere')}
        data-testid="entries"
        columns={[
          {
            title: t('registry.column.name'),
            render: (_value, entry) => (
              <Button type="link" size="small" onClick={() => onOpen(entry)}>
                {entry.name}
              </Button>
            ),
          },
          { title: t('registry.column.kind'), width: 90, render: (_value, entry) => t(`registry.kind.${entry.kind}`) },
          { title: t('registry.column.above'), render: (_value, entry) => entry.above.join(' / ') || '—' },
          {
            title: t('registry.column.region'),
            width: 190,
            render: (_value, entry) => inLanguage({ zh: entry.region_zh, en: entry.region_en }, language),
          },
        ]}
      />
      {found.hasNextPage && (
        <div className={styles.more}>
          <Button loading={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
            {t('registry.more')}
          </Button>
        </div>
      )}
    </>
  );
}
