import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Table, type TableColumnsType } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, EffectiveTerm, RetentionTerm } from '@/api';
import { Loading } from '@/components/Loading';
import { CHANNELS_KEY } from '@/lib/channels';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { standing, wordsOf } from '@/lib/problem';
import { endTerm, readRetention } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateOf, microsOf } from '@/lib/time';
import { AddTerm } from './AddTerm';
import styles from './settings.module.css';

const keyOf = (channel: Channel) => ['retention', channel.id];

/** How long footage of the channel must and may be kept, and who says so. */
export function TermTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const manages = may(usePerson(), 'retention.manage');
  const [adding, setAdding] = useState(false);
  const found = useQuery({ queryKey: keyOf(channel), queryFn: () => readRetention(channel.id) });
  const { renew, end } = useEnding(channel);
  const columns = useMemo(() => columnsIn(t, manages ? end : null), [t, manages, end]);
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  const { minimum, maximum, conflict, deletes, terms } = known;
  return (
    <div className={styles.tab} data-testid="retention">
      <p className={styles.sentence}>
        <strong>{inLanguage(known, language)}</strong>
        {!deletes && !channel.demonstration && <span> {t('retention.silent')}</span>}
      </p>
      {conflict && <Alert type="warning" showIcon title={t('retention.conflict')} />}
      <dl className={styles.facts}>
        <InForce name={t('retention.minimum')} term={minimum} none={t('retention.noMinimum')} />
        <InForce name={t('retention.maximum')} term={maximum} none={t('retention.noMaximum')} />
      </dl>
      <Table
        rowKey="id"
        size="small"
        columns={columns}
        dataSource={terms}
        pagination={false}
        locale={{ emptyText: t('retention.noTerms') }}
      />
      {manages && !adding && (
        <Button
          icon={<PlusOutlined />}
          style={{ alignSelf: 'start' }}
          onClick={() => setAdding(true)}
          data-testid="add-term"
        >
          {t('retention.add')}
        </Button>
      )}
      {adding && (
        <AddTerm
          channel={channel}
          onDone={async () => {
            setAdding(false);
            await renew();
          }}
          onCancel={() => setAdding(false)}
        />
      )}
    </div>
  );
}

function InForce({ name, term, none }: { name: string; term: EffectiveTerm | null; none: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      {term ? (
        <dd>
          <span className={`${styles.days} tabular`}>{t('retention.days', { count: term.days })}</span>
          <div className={styles.below}>
            {t(`retention.source.${term.source}`)} {term.citation}
          </div>
        </dd>
      ) : (
        <dd className={styles.hint}>{none}</dd>
      )}
    </div>
  );
}

function useEnding(channel: Channel) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const language = useLanguage();
  const queries = useQueryClient();
  const { mutateAsync } = useMutation({ mutationFn: endTerm });
  return useMemo(() => {
    const renew = async () => {
      // A term for every channel changes the others too.
      await queries.invalidateQueries({ queryKey: ['retention'] });
      await queries.invalidateQueries({ queryKey: CHANNELS_KEY });
    };
    const run = async (term: RetentionTerm) => {
      try {
        await mutateAsync(term.id);
        await renew();
      } catch (error) {
        const words = wordsOf(error, language);
        message.error(`${words.what} ${words.advice}`);
      }
    };
    const end = (term: RetentionTerm) =>
      modal.confirm({
        title: t('retention.end.title'),
        content: t(term.channel_id ? 'retention.end.one' : 'retention.end.every', { name: channel.name }),
        okText: t('retention.end.action'),
        okButtonProps: { danger: true },
        cancelText: t('form.cancel'),
        onOk: () => run(term),
      });
    return { renew, end };
  }, [t, modal, message, language, queries, mutateAsync, channel.name]);
}

function columnsIn(t: TFunction, onEnd: ((term: RetentionTerm) => void) | null): TableColumnsType<RetentionTerm> {
  const columns: TableColumnsType<RetentionTerm> = [
    { title: t('retention.kindTitle'), width: 88, render: (_value, { kind }) => t(`retention.kind.${kind}`) },
    {
      title: t('retention.term'),
      width: 84,
      render: (_value, { days }) => <span className="tabular">{t('retention.days', { count: days })}</span>,
    },
    {
      title: t('retention.scope'),
      width: 96,
      render: (_value, { channel_id }) => t(channel_id ? 'retention.thisChannel' : 'retention.everyChannel'),
    },
    {
      title: t('retention.sourceTitle'),
      render: (_value, { source, citation }) => `${t(`retention.source.${source}`)} ${citation}`,
    },
    {
      title: t('retention.setBy'),
      width: 130,
      render: (_value, { set_by, set_at }) => (
        <span className={`${styles.below} tabular`}>
          {set_by}
          <br />
          {dateOf(microsOf(set_at))}
        </span>
      ),
    },
  ];
  if (!onEnd) return columns;
  return [
    ...columns,
    {
      width: 48,
      render: (_value, term) => (
        <Button
          type="text"
          danger
          icon={<DeleteOutlined />}
          aria-label={t('retention.end.action')}
          title={t('retention.end.action')}
          onClick={() => onEnd(term)}
        />
      ),
    },
  ];
}
