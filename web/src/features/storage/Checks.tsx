import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Progress, Space, type TableColumnsType, Tag, Tooltip } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Check } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { Section } from '@/components/page/Page';
import { bytesWords } from '@/lib/bytes';
import { durationWords } from '@/lib/duration';
import { useAskEvery } from '@/lib/events';
import { listChecks, startCheck } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';

import styles from './panels.module.css';
import { isGoing, shareOf } from './progress';
import { CHECKS_KEY, DAMAGE_KEY } from './queries';

const GOING_EVERY_MS = 1_500;
const RESTING_EVERY_MS = 15_000;

/** The last comparisons of rows with files: how far they are, what they found, and the buttons that start one. */
export function Checks() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const runs = may(usePerson(), 'check.run');
  const restingMs = useAskEvery(RESTING_EVERY_MS);
  const checks = useQuery({
    queryKey: CHECKS_KEY,
    queryFn: listChecks,
    refetchInterval: (query) => restingMs && (query.state.data?.some(isGoing) ? GOING_EVERY_MS : restingMs),
  });
  const start = useMutation({
    mutationFn: startCheck,
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: CHECKS_KEY });
      await queries.invalidateQueries({ queryKey: DAMAGE_KEY });
    },
  });
  const columns = useMemo(() => columnsIn(t), [t]);
  return (
    <Section
      title={t('checks.title')}
      testId="checks"
      actions={
        runs && (
          <Space>
            {(['fast', 'full'] as const).map((mode) => (
              <Tooltip key={mode} title={t(`checks.hint.${mode}`)}>
                <Button
                  size="small"
                  loading={start.isPending && start.variables === mode}
                  onClick={() => start.mutate(mode)}
                  data-testid={`check-${mode}`}
                >
                  {t(`checks.start.${mode}`)}
                </Button>
              </Tooltip>
            ))}
          </Space>
        )
      }
    >
      <ProblemNote error={start.error ?? checks.error} />
      <DataTable
        sticky={false}
        rowKey="id"
        size="small"
        loading={checks.isPending}
        failed={checks.isError}
        columns={columns}
        dataSource={checks.data ?? []}
        pagination={{ pageSize: 5, hideOnSinglePage: true, showSizeChanger: false, size: 'small' }}
        empty={t('checks.none')}
        rowAttributes={(check) => ({ 'data-check': check.mode, 'data-state': check.state })}
      />
    </Section>
  );
}

function columnsIn(t: TFunction): TableColumnsType<Check> {
  return [
    {
      title: t('checks.mode'),
      width: 110,
      render: (_value, { mode }) => <Tooltip title={t(`checks.hint.${mode}`)}>{t(`checks.modes.${mode}`)}</Tooltip>,
    },
    {
      title: t('checks.started'),
      width: 165,
      render: (_value, { started_at }) => <span className="tabular">{dateTimeOf(microsOf(started_at))}</span>,
    },
    { title: t('checks.progress'), render: (_value, check) => <HowFar check={check} /> },
    {
      title: t('checks.found'),
      width: 110,
      align: 'end',
      render: (_value, { found, state }) =>
        found > 0 ? (
          <Tag variant="outlined" color="error">
            {t('checks.damaged', { number: found })}
          </Tag>
        ) : (
          <span className={styles.muted}>{t(state === 'done' ? 'checks.allGood' : 'checks.nothingYet')}</span>
        ),
    },
  ];
}

function HowFar({ check }: { check: Check }) {
  const { t } = useTranslation();
  const done = t('checks.read', {
    segments: check.segments_done,
    size: check.bytes_done > 0 ? ` · ${bytesWords(check.bytes_done)}` : '',
  });
  if (check.state === 'done')
    return (
      <span className="tabular">
        {t('checks.doneIn', {
          duration: durationWords(microsOf(check.ended_at ?? check.updated_at) - microsOf(check.started_at), t),
        })}{' '}
        <span className={styles.muted}>{done}</span>
      </span>
    );
  return (
    <span className="tabular">
      <Progress
        size="small"
        percent={Math.floor(shareOf(check) * 100)}
        status={check.state === 'running' ? 'active' : 'normal'}
      />
      <span className={styles.muted}>
        {t(check.mode === 'scrub' && check.state === 'stopped' ? 'checks.pausing' : `checks.state.${check.state}`)} ·{' '}
        {done}
      </span>
    </span>
  );
}
