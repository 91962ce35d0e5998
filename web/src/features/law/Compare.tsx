import { useQuery } from '@tanstack/react-query';
import { Collapse, Table, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { LawChange } from '@/api';
import { DayField } from '@/components/DayField';
import { Loading } from '@/components/Loading';
import { Cited } from '@/components/law/Cited';
import styles from '@/components/law/law.module.css';
import { today, useKinds, useText } from '@/components/law/queries';
import { factsWords, type Kinds, named, sayAll, TOPICS } from '@/components/law/words';
import { ProblemNote } from '@/components/ProblemNote';
import { RegionSelect } from '@/components/RegistrySelects';
import { useAddress } from '@/lib/address';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { listLawChanges } from '@/lib/server';
import { useOwnRegion } from './Ask';

/** The day before the newest text that holds everywhere: the first thing that anybody compares. */
const FIRST_DAY = '2025-03-31';

/** Two days at one place: the texts that begin and end, and what is answered otherwise. */
export function Compare() {
  const { t } = useTranslation();
  const [query, change] = useAddress();
  const own = useOwnRegion();
  const region = query.get('region') ?? own;
  const from = query.get('from') ?? FIRST_DAY;
  const to = query.get('to') ?? today();
  const found = useQuery({
    queryKey: ['law', 'changes', region, from, to],
    queryFn: () => listLawChanges(from, to, region),
    enabled: Boolean(region && from && to),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const day = (name: 'from' | 'to', value: string) => (
    <DayField value={value} onChange={(day) => change({ [name]: day })} aria-label={t(`law.compare.${name}`)} />
  );
  return (
    <>
      <div className={styles.ask} data-testid="compare">
        <span style={{ width: 260 }}>
          <RegionSelect
            value={region || null}
            onChange={(code) => change({ region: code })}
            aria-label={t('law.ask.region')}
          />
        </span>
        {day('from', from)}
        <span>→</span>
        {day('to', to)}
      </div>
      <ProblemNote error={found.error} />
      {(found.isLoading || !region) && <Loading />}
      {found.data && (
        <>
          <dl className={styles.changed} data-testid="begin-end">
            <Codes title={t('law.compare.begin')} codes={found.data.begin} colour="success" />
            <Codes title={t('law.compare.end')} codes={found.data.end} colour="default" />
          </dl>
          <Changes changes={found.data.changes} />
        </>
      )}
    </>
  );
}

function Codes({ title, codes, colour }: { title: string; codes: string[]; colour: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const text = useText();
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {codes.length === 0 && <span className={styles.below}>{t('law.compare.noText')}</span>}
        {codes.map((code) => {
          const known = text(code);
          return (
            <Tag key={code} color={colour} data-code={code}>
              {known ? `${inLanguage(known.title, language)} ${known.in_force ?? ''}` : code}
            </Tag>
          );
        })}
      </dd>
    </div>
  );
}

function byTopic(changes: readonly LawChange[]): Map<string, LawChange[]> {
  const topics = new Map<string, LawChange[]>();
  for (const one of changes) topics.set(one.topic, [...(topics.get(one.topic) ?? []), one]);
  return topics;
}

function Changes({ changes }: { changes: LawChange[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useKinds();
  const topics = useMemo(() => byTopic(changes), [changes]);
  const columns = useMemo(() => columnsIn(t, language, kinds), [t, language, kinds]);
  return (
    <>
      <p>{t('law.compare.count', { count: changes.length })}</p>
      <Collapse
        destroyOnHidden
        data-testid="changes"
        items={[...topics].map(([topic, some]) => ({
          key: topic,
          label: `${named(topic, language, TOPICS)} · ${some.length}`,
          children: (
            <Table
              rowKey={({ facts }) => JSON.stringify(facts)}
              size="small"
              columns={columns}
              dataSource={some}
              pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
            />
          ),
        }))}
      />
    </>
  );
}

function columnsIn(t: TFunction, language: Language, kinds: Kinds): TableColumnsType<LawChange> {
  // What is said beside silence is only what silence comes to.
  const said = (values: LawChange['before']) =>
    values.silent === true ? (
      <span className={styles.below}>{t('law.silentWord')}</span>
    ) : (
      sayAll(values, language, kinds) || '—'
    );
  return [
    { title: t('law.compare.asked'), width: 220, render: (_value, { facts }) => factsWords(facts, language, kinds) },
    { title: t('law.compare.before'), render: (_value, { before }) => said(before) },
    { title: t('law.compare.after'), render: (_value, { after }) => said(after) },
    { title: t('law.citations'), width: 240, render: (_value, { cited }) => <Cited places={cited} /> },
  ];
}
