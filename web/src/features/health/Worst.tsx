import type { TableColumnsType } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ChannelTotal } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { Section, Two } from '@/components/page/Page';
import { durationWords } from '@/lib/duration';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { usePages, useTablePages } from '@/lib/pages';
import { listCompleteness } from '@/lib/server';
import styles from './HealthPage.module.css';
import { gradeOf, isCounted, percentOf } from './shares';

const EVERY_MS = 60_000;
const ROWS = 20;

/** Every channel, the least complete first; the list is read on as it is looked at. */
export function Worst({ range }: { range: [string, string] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const found = usePages(['health', 'channels', ...range], (cursor) => listCompleteness(...range, cursor), {
    everyMs: EVERY_MS,
  });
  const pages = useTablePages(found, ROWS);
  const columns = useMemo(() => columnsIn(t, language), [t, language]);
  return (
    <Section title={t('health.worst.title')} testId="health-worst">
      <ProblemNote error={found.error} />
      <DataTable
        rowKey="channel_id"
        size="small"
        columns={columns}
        dataSource={found.items ?? []}
        loading={found.isPending}
        failed={Boolean(found.error)}
        pagination={pages}
        empty={t('health.worst.none')}
      />
    </Section>
  );
}

function columnsIn(t: TFunction, language: Language): TableColumnsType<ChannelTotal> {
  return [
    {
      title: t('health.worst.channel'),
      render: (_value, one) => (
        <Two above={<Link to={`/playback?channel=${one.channel_id}`}>{one.name}</Link>} below={one.place} />
      ),
    },
    {
      title: t('health.worst.share'),
      width: 200,
      render: (_value, one) => <Bar total={one} />,
    },
    {
      title: t('health.worst.missing'),
      render: (_value, one) => <span className={styles.muted}>{missingWords(one, t, language)}</span>,
    },
  ];
}

function missingWords(one: ChannelTotal, t: TFunction, language: Language): string {
  if (!isCounted(one.planned_us)) return t('health.worst.notYet');
  const words = one.missing.map((cause) => `${inLanguage(cause, language)} ${durationWords(cause.us, t)}`);
  if (one.unexplained_us > 0) words.push(`${t('health.share.unexplained')} ${durationWords(one.unexplained_us, t)}`);
  return words.join(language === 'zh-CN' ? '，' : ', ');
}

function Bar({ total }: { total: ChannelTotal }) {
  const percent = percentOf(total.recorded_us, total.planned_us);
  if (percent === null || !isCounted(total.planned_us)) return <span className={styles.muted}>–</span>;
  return (
    <span className={`${styles.bar} tabular`}>
      <span className={styles.track}>
        <span
          className={styles.fill}
          style={{ width: `${percent}%` }}
          data-grade={gradeOf(total.recorded_us, total.planned_us)}
        />
      </span>
      <span className={styles.percent}>{percent} %</span>
    </span>
  );
}
