import { useQuery } from '@tanstack/react-query';
import { type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { HealthRole } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { Section } from '@/components/page/Page';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { readHealth } from '@/lib/server';
import { microsOf } from '@/lib/time';
import styles from './HealthPage.module.css';

const EVERY_MS = 15_000;
const COLOUR: Record<string, string> = { up: 'success', starting: 'processing', stopping: 'default' };

/** The processes of this machine: since when each is up, and how often it had to be started again. */
export function Roles() {
  const { t } = useTranslation();
  const health = useQuery({ queryKey: ['health', 'roles'], queryFn: readHealth, refetchInterval: EVERY_MS });
  const columns = useMemo(() => columnsIn(t), [t]);
  return (
    <Section
      title={t('health.roles.title')}
      testId="health-roles"
      state={
        health.data && (
          <span className={`${styles.muted} tabular`}>
            {t('health.roles.recording', {
              recording: health.data.channels.recording,
              total: health.data.channels.total,
            })}
          </span>
        )
      }
    >
      <ProblemNote error={health.error} />
      <DataTable
        rowKey="role"
        size="small"
        columns={columns}
        dataSource={health.data?.roles ?? []}
        loading={health.isPending}
        failed={Boolean(health.error)}
        pagination={false}
        empty={t('health.roles.alone')}
      />
    </Section>
  );
}

function columnsIn(t: TFunction): TableColumnsType<HealthRole> {
  return [
    { title: t('health.roles.role'), dataIndex: 'role' },
    {
      title: t('health.roles.state'),
      render: (_value, { state }) => (
        <Tag variant="outlined" color={COLOUR[state] ?? 'error'} data-state={state}>
          {t(`health.roles.states.${state}`, { defaultValue: state })}
        </Tag>
      ),
    },
    {
      title: t('health.roles.since'),
      className: 'tabular',
      render: (_value, { started_at }) => durationWords(Math.max(0, serverNowUs() - microsOf(started_at)), t),
    },
    { title: t('health.roles.restarts'), dataIndex: 'restarts', align: 'right', className: 'tabular' },
  ];
}
