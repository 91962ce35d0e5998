import { Button, type TableColumnsType } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '@/api';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './AuditEntries.module.css';

interface Props {
  entries: AuditEntry[];
  loading: boolean;
  failed: boolean;
  more: boolean;
  onMore: () => void;
}

/** Entries of the log, newest first: a sentence each, and everything that was recorded when one is opened. */
export function AuditEntries({ entries, loading, failed, more, onMore }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const columns = useMemo(() => columnsIn(t, language), [t, language]);
  return (
    <>
      <DataTable
        rowKey="seq"
        loading={loading}
        failed={failed}
        columns={columns}
        dataSource={entries}
        pagination={false}
        empty={<EmptyState small words={t('audit.none')} />}
        expandable={{ expandedRowRender: (entry) => <Facts entry={entry} />, expandRowByClick: true }}
        rowAttributes={(entry) => ({ 'data-action': entry.action, 'data-seq': entry.seq })}
        data-testid="audit-entries"
      />
      {more && (
        <div className={styles.more}>
          <Button onClick={onMore} loading={loading} data-testid="audit-more">
            {t('audit.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function columnsIn(t: TFunction, language: Language): TableColumnsType<AuditEntry> {
  return [
    {
      title: t('audit.number'),
      width: 90,
      render: (_value, { seq }) => <span className="tabular">{seq}</span>,
    },
    {
      title: t('audit.at'),
      width: 175,
      render: (_value, { at }) => <span className="tabular">{dateTimeOf(microsOf(at))}</span>,
    },
    { title: t('audit.what'), render: (_value, entry) => inLanguage(entry, language) },
    {
      title: t('audit.who'),
      width: 240,
      render: (_value, { actor }) => (
        <span className={styles.two}>
          <span>{actor.label || t(`audit.kind.${actor.kind}`)}</span>
          {actor.stands_for && <span className={styles.below}>{t('audit.standsFor', { name: actor.stands_for })}</span>}
          {actor.address && <span className={`${styles.below} tabular`}>{actor.address}</span>}
        </span>
      ),
    },
  ];
}

function Facts({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const facts: [string, string][] = [
    [t('audit.action'), entry.action],
    [t('audit.object'), [entry.object_kind, entry.object_id].filter(Boolean).join(' ')],
    ...Object.entries(entry.detail).map(([name, value]): [string, string] => [name, plain(value)]),
    [t('audit.digest'), entry.digest ?? t('audit.noDigest')],
  ];
  return (
    <>
      <p className={styles.below}>{t('audit.asRecorded')}</p>
      <dl className={`${styles.facts} tabular`}>
        {facts.map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
      </dl>
    </>
  );
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
