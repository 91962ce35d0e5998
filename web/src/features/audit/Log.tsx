import { DownloadOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Dropdown, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AuditEntries } from '@/components/AuditEntries';
import { DayField } from '@/components/DayField';
import { PersonSelect } from '@/components/PersonSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { useEntries } from '@/lib/audit';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { saveFile } from '@/lib/saveFile';
import { type AuditSearch, exportAudit, listAudit, listAuditActions } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import styles from './AuditPage.module.css';
import { dayEnd, dayStart, firstDay, lastDay, NOTHING, sentence } from './search';

/** The log, searched by person, act, time and text; a file of what was found. */
export function Log() {
  const { t } = useTranslation();
  const [search, setSearch] = useState<AuditSearch>(NOTHING);
  const { error, ...list } = useEntries(['audit', search], (before) => listAudit(search, before));
  return (
    <>
      <SearchBar search={search} onChange={(change) => setSearch((before) => ({ ...before, ...change }))} />
      <ProblemNote error={error} />
      {backwards(search) && <Alert type="warning" showIcon title={t('audit.backwards')} />}
      <AuditEntries {...list} failed={Boolean(error)} />
    </>
  );
}

const backwards = ({ from, to }: AuditSearch): boolean => Boolean(from && to && from >= to);

function SearchBar({ search, onChange }: { search: AuditSearch; onChange: (change: AuditSearch) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const actions = useQuery({
    queryKey: ['audit-actions'],
    queryFn: listAuditActions,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <search className={styles.search}>
      <Input.Search
        allowClear
        placeholder={t('audit.text')}
        style={{ width: 220 }}
        onSearch={(text) => onChange({ text: text.trim() })}
        data-testid="audit-text"
      />
      <PersonSelect
        allowClear
        disabled
        label={t('audit.anybody')}
        width={200}
        value={search.person}
        onChange={(person) => onChange({ person: person ?? undefined })}
      />
      <Select
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        placeholder={t('audit.anything')}
        style={{ width: 260 }}
        options={(actions.data ?? []).map((one) => ({ value: one.code, label: sentence(inLanguage(one, language)) }))}
        onChange={(action?: string) => onChange({ action })}
        aria-label={t('audit.anything')}
      />
      <DayField
        value={firstDay(search.from)}
        onChange={(day) => onChange({ from: dayStart(day) })}
        aria-label={t('audit.from')}
      />
      <DayField
        value={lastDay(search.to)}
        onChange={(day) => onChange({ to: dayEnd(day) })}
        aria-label={t('audit.to')}
      />
      <span className={styles.spring} />
      <Export search={search} />
    </search>
  );
}

function Export({ search }: { search: AuditSearch }) {
  const { t } = useTranslation();
  const person = usePerson();
  const taking = useMutation({
    mutationFn: async (form: 'jsonl' | 'csv') => saveFile(`audit.${form}`, await exportAudit(search, form)),
  });
  if (!may(person, 'audit.export')) return null;
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: (['csv', 'jsonl'] as const).map((form) => ({ key: form, label: t(`audit.form.${form}`) })),
          onClick: ({ key }) => taking.mutate(key === 'csv' ? 'csv' : 'jsonl'),
        }}
      >
        <Button icon={<DownloadOutlined />} loading={taking.isPending} data-testid="audit-export">
          {t('audit.export')}
        </Button>
      </Dropdown>
      <ProblemNote error={taking.error} />
    </>
  );
}
