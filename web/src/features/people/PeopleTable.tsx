import { DownOutlined, UserAddOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Input, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { PersonRecord } from '@/api';
import { OneTimeLink, type Shown } from '@/components/OneTimeLink';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Bar } from '@/components/page/Page';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { useTablePages } from '@/lib/pages';
import { inviteAddress, isSeat, PEOPLE_KEY, usePeoplePages } from '@/lib/people';
import { disablePerson, enablePerson, renewInvite, resetFactor } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import { AddPerson } from './AddPerson';
import { ChangeRole } from './ChangeRole';
import { EndSignIns } from './EndSignIns';
import styles from './PeoplePage.module.css';

const PAGE = 20;

type Act = 'role' | 'link' | 'factor' | 'signIns' | 'disable' | 'enable';

/** Everybody with an account, and what may be done about each; whoever may not does not see the buttons. */
export function PeopleTable() {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePerson();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [query] = useSearchParams();
  const [search, setSearch] = useState(query.get('find') ?? '');
  useEffect(() => setSearch(query.get('find') ?? ''), [query]);
  const people = usePeoplePages(search.trim());
  const pagination = useTablePages(people, PAGE);
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const [changing, setChanging] = useState<PersonRecord | null>(null);
  const [ending, setEnding] = useState<PersonRecord | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: PEOPLE_KEY });
  const act = useMutation({
    mutationFn: async ({ one, what }: { one: PersonRecord; what: Act }) => {
      if (what === 'disable') await disablePerson(one.id);
      if (what === 'enable') await enablePerson(one.id);
      if (what === 'factor') await resetFactor(one.id);
      if (what === 'link') {
        const { invite_token } = await renewInvite(one.id);
        setShown(linkOf(t, one.display_name, invite_token));
      } else message.success(t(`people.done.${what}`, { name: one.display_name }));
    },
    onSettled: refresh,
  });
  const choose = (one: PersonRecord, what: Act) => {
    if (what === 'role') setChanging(one);
    else if (what === 'signIns') setEnding(one);
    else act.mutate({ one, what });
  };
  const manages = may(person, 'people.manage');
  const decides = may(person, 'administration.change');
  const columns = columnsIn(t, language, (one) => {
    if (one.id === person.id) return [];
    return actsFor(one, manages, decides).map((what) => ({
      key: what,
      danger: what === 'disable',
      label: t(`people.act.${what}`),
      onClick: () => choose(one, what),
    }));
  });
  return (
    <>
      <Bar>
        <Input.Search allowClear placeholder={t('people.search')} onSearch={setSearch} style={{ width: 280 }} />
        {manages && (
          <Button type="primary" icon={<UserAddOutlined />} onClick={() => setAdding(true)} data-testid="add-person">
            {t('people.add')}
          </Button>
        )}
      </Bar>
      <ProblemNote error={people.error ?? act.error} />
      <DataTable
        rowKey="id"
        loading={people.isPending}
        failed={Boolean(people.error)}
        columns={columns}
        dataSource={people.items ?? []}
        pagination={pagination}
        empty={<EmptyState small words={t('people.nobody')} />}
        data-testid="people"
      />
      <AddPerson
        open={adding}
        onClose={() => setAdding(false)}
        onAdded={(name, token) => {
          refresh();
          setShown(linkOf(t, name, token));
        }}
      />
      <ChangeRole person={changing} onClose={() => setChanging(null)} />
      <EndSignIns person={ending} onClose={() => setEnding(null)} />
      <OneTimeLink shown={shown} onClose={() => setShown(null)} />
    </>
  );
}

const linkOf = (t: TFunction, name: string, token: string): Shown => ({
  title: t('people.linkFor', { name }),
  value: inviteAddress(token),
  note: t('people.linkNote'),
});

/** The three administrators are changed by two: what one alone may do about them is little. */
export function actsFor(one: PersonRecord, manages: boolean, decides: boolean): Act[] {
  const seat = isSeat(one.role.code);
  const enabled = one.disabled_at === null;
  const acts: [Act, boolean][] = [
    ['role', manages && (!seat || !enabled)],
    ['link', manages && enabled && !seat],
    ['factor', one.second_factor && (seat ? decides : manages)],
    ['signIns', manages],
    ['disable', manages && enabled && !seat],
    ['enable', manages && !enabled && !seat],
  ];
  return acts.filter(([, allowed]) => allowed).map(([what]) => what);
}

type Item = {
  key: string;
  label: string;
  danger: boolean;
  onClick: () => void;
};

function columnsIn(
  t: TFunction,
  language: Language,
  itemsFor: (one: PersonRecord) => Item[],
): TableColumnsType<PersonRecord> {
  return [
    {
      title: t('person.displayName'),
      render: (_value, one) => (
        <span className={styles.two}>
          <strong>{one.display_name}</strong>
          <span className={styles.below}>
            {one.login_name}
            {one.number && ` · ${one.number}`}
          </span>
        </span>
      ),
    },
    { title: t('person.role'), width: 200, render: (_value, one) => inLanguage(one.role, language) },
    { title: t('people.state'), width: 190, render: (_value, one) => <State one={one} /> },
    {
      title: t('factor.title'),
      width: 150,
      render: (_value, one) => t(one.second_factor ? 'factor.inForce' : 'factor.none'),
    },
    {
      title: t('people.added'),
      width: 190,
      render: (_value, one) => <span className="tabular">{dateTimeOf(microsOf(one.created_at))}</span>,
    },
    {
      title: t('cameras.actions'),
      width: 120,
      align: 'end',
      render: (_value, one) => {
        const items = itemsFor(one);
        if (items.length === 0) return null;
        return (
          <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
            <Button size="small" data-testid={`acts-${one.login_name}`}>
              {t('people.acts')} <DownOutlined />
            </Button>
          </Dropdown>
        );
      },
    },
  ];
}

function State({ one }: { one: PersonRecord }) {
  const { t } = useTranslation();
  if (one.disabled_at !== null) return <Tag variant="outlined">{t('people.disabled')}</Tag>;
  if (!one.has_password) {
    return (
      <Tag variant="outlined" color="warning">
        {t('people.invited')}
      </Tag>
    );
  }
  return (
    <Tag variant="outlined" color="success">
      {t('people.active')}
    </Tag>
  );
}
