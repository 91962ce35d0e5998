import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Segmented, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GrantShown } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Bar, Two } from '@/components/page/Page';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { usePages, useTablePages } from '@/lib/pages';
import { endGrant, listGrants } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import { GiveGrant } from './GiveGrant';
import { GRANTS_KEY } from './queries';
import { hoursWords } from './weekHours';

const PAGE = 15;

/** Who reaches what, by whom and why; whoever manages grants gives and takes back, never the own. */
export function Grants() {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePerson();
  const queries = useQueryClient();
  const [shown, setShown] = useState<'standing' | 'all'>('standing');
  const [giving, setGiving] = useState(false);
  const only = shown === 'standing';
  const grants = usePages([...GRANTS_KEY, shown], (cursor) => listGrants(only, cursor));
  const pagination = useTablePages(grants, PAGE);
  const end = useMutation({
    mutationFn: endGrant,
    onSettled: () => queries.invalidateQueries({ queryKey: GRANTS_KEY }),
  });
  const manages = may(person, 'grants.manage');
  const columns = useMemo(
    () => columnsIn(t, language, manages ? end.mutate : null),
    [t, language, manages, end.mutate],
  );
  return (
    <>
      <Bar note={t('permissions.grants.text')}>
        <Segmented
          value={shown}
          onChange={setShown}
          options={(['standing', 'all'] as const).map((value) => ({ value, label: t(`permissions.shown.${value}`) }))}
        />
        {manages && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setGiving(true)} data-testid="give-grant">
            {t('permissions.grants.give')}
          </Button>
        )}
      </Bar>
      <ProblemNote error={end.error ?? grants.error} />
      <DataTable
        rowKey="id"
        loading={grants.isPending}
        failed={Boolean(grants.error)}
        columns={columns}
        dataSource={grants.items ?? []}
        pagination={pagination}
        empty={<EmptyState small words={t('permissions.grants.none')} />}
        data-testid="grants"
      />
      <GiveGrant open={giving} onClose={() => setGiving(false)} />
    </>
  );
}

function columnsIn(
  t: TFunction,
  language: Language,
  onEnd: ((id: string) => void) | null,
): TableColumnsType<GrantShown> {
  return [
    {
      title: t('permissions.person'),
      width: 190,
      render: (_value, { person }) => <Two above={person.display_name} below={inLanguage(person.role, language)} />,
    },
    { title: t('permissions.scope'), width: 230, render: (_value, { scope }) => inLanguage(scope, language) },
    {
      title: t('permissions.when'),
      width: 230,
      render: (_value, grant) => (
        <Two above={spanWords(t, grant.from_at, grant.until_at)} below={hoursWords(grant.hours, t)} />
      ),
    },
    {
      title: t('permissions.givenBy'),
      render: (_value, { given_by, given_at, note }) => (
        <Two above={[given_by, note].filter(Boolean).join('：')} below={dateTimeOf(microsOf(given_at))} />
      ),
    },
    {
      title: t('permissions.state'),
      width: 110,
      render: (_value, grant) => (
        <Tag variant="outlined" color={grant.holds ? 'success' : 'default'}>
          {t(stateOf(grant))}
        </Tag>
      ),
    },
    {
      title: t('cameras.actions'),
      width: 100,
      align: 'end',
      render: (_value, grant) =>
        onEnd &&
        grant.ended_at === null && (
          <Popconfirm
            title={t('permissions.grants.endQuestion')}
            okText={t('permissions.grants.end')}
            cancelText={t('form.cancel')}
            onConfirm={() => onEnd(grant.id)}
          >
            <Button size="small" data-testid="end-grant">
              {t('permissions.grants.end')}
            </Button>
          </Popconfirm>
        ),
    },
  ];
}

const stateOf = (grant: GrantShown) => {
  if (grant.ended_at !== null) return 'permissions.is.ended' as const;
  return grant.holds ? ('permissions.is.holding' as const) : ('permissions.is.waiting' as const);
};

export function spanWords(t: TFunction, from: string, until: string | null): string {
  const begin = dateTimeOf(microsOf(from)).slice(0, 16);
  if (until === null) return t('permissions.since', { begin });
  return t('permissions.span', { begin, end: dateTimeOf(microsOf(until)).slice(0, 16) });
}
