import { useQuery } from '@tanstack/react-query';
import { Button, Popconfirm, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ChannelHistory, OtherChannel } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { channelHistory, getPlace, mergeChannels, moveChannel } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './registry.module.css';
import { useSaving } from './useSaving';

interface Props {
  id: string;
  placeId: string | null;
}

/** What a channel was: its devices, its spots, and channels that turned out to be the same camera. */
export function ChannelHistoryPane({ id, placeId }: Props) {
  const { t } = useTranslation();
  const person = usePerson();
  const history = useQuery({ queryKey: ['registry', 'history', id], queryFn: () => channelHistory(id) });
  if (history.error) return <ProblemNote error={history.error} />;
  if (!history.data) return <Loading />;
  return (
    <>
      <div className={styles.row}>
        <Link to={`/cameras?camera=${id}`}>{t('registry.channel.settings')}</Link>
        {may(person, 'recording.read') && <Link to={`/playback?channel=${id}`}>{t('registry.channel.playback')}</Link>}
      </div>
      <Past history={history.data} />
      {may(person, 'channel.manage') && placeId && <Move id={id} placeId={placeId} />}
      <Others id={id} history={history.data} />
    </>
  );
}

function Past({ history }: { history: ChannelHistory }) {
  const { t } = useTranslation();
  const spans = (since: string, until: string | null) =>
    `${dateTimeOf(microsOf(since))} – ${until === null ? t('registry.channel.now') : dateTimeOf(microsOf(until))}`;
  const when = { title: '', width: 330 };
  return (
    <>
      <section className={styles.section}>
        <h3>{t('registry.channel.devices')}</h3>
        <Table
          rowKey="since"
          size="small"
          showHeader={false}
          pagination={false}
          dataSource={history.devices}
          columns={[
            { ...when, render: (_v, one) => <span className="tabular">{spans(one.since, one.until)}</span> },
            {
              render: (_v, one) => (
                <>
                  <code>{one.address ?? '—'}</code>{' '}
                  <span className={styles.hint}>{[one.maker, one.model, one.serial].filter(Boolean).join(' ')}</span>
                </>
              ),
            },
          ]}
        />
      </section>
      <section className={styles.section}>
        <h3>{t('registry.channel.spots')}</h3>
        <Table
          rowKey="since"
          size="small"
          showHeader={false}
          pagination={false}
          dataSource={history.spots}
          columns={[
            { ...when, render: (_v, one) => <span className="tabular">{spans(one.since, one.until)}</span> },
            { render: (_v, one) => `${one.place} · ${one.spot}` },
          ]}
        />
      </section>
    </>
  );
}

function Move({ id, placeId }: { id: string; placeId: string }) {
  const { t } = useTranslation();
  const [spot, setSpot] = useState<string | null>(null);
  const place = useQuery({ queryKey: ['registry', 'place', placeId], queryFn: () => getPlace(placeId) });
  const move = useSaving(
    () => moveChannel(id, spot as string),
    () => setSpot(null),
  );
  return (
    <section className={styles.section}>
      <h3>{t('registry.channel.move')}</h3>
      <p className={styles.hint}>{t('registry.channel.moveHint')}</p>
      <div className={styles.row}>
        <Select
          className={styles.wide ?? ''}
          value={spot}
          onChange={setSpot}
          placeholder={t('registry.channel.moveTo')}
          aria-label={t('registry.channel.moveTo')}
          options={(place.data?.spots ?? []).map((one) => ({ value: one.id, label: one.name }))}
        />
        <Button disabled={spot === null} loading={move.isPending} onClick={() => move.mutate(undefined)}>
          {t('registry.channel.move')}
        </Button>
      </div>
      <ProblemNote error={move.error} />
    </section>
  );
}

function Others({ id, history }: { id: string; history: ChannelHistory }) {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'channel.manage');
  const merge = useSaving((other: OtherChannel) => mergeChannels(other.id, id));
  return (
    <>
      {history.same.length > 0 && (
        <section className={styles.section}>
          <h3>{t('registry.channel.same')}</h3>
          <ul className={styles.list}>
            {history.same.map((other) => (
              <li key={other.id} className={styles.row}>
                <span className={styles.grow}>{other.name}</span>
                {manages && (
                  <Popconfirm
                    title={t('registry.channel.merge')}
                    description={t('registry.channel.mergeText', { name: other.name })}
                    onConfirm={() => merge.mutate(other)}
                  >
                    <Button size="small" loading={merge.isPending}>
                      {t('registry.channel.merge')}
                    </Button>
                  </Popconfirm>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {history.merged.length > 0 && (
        <section className={styles.section}>
          <h3>{t('registry.channel.merged')}</h3>
          <p className={styles.hint}>{t('registry.channel.mergedHint')}</p>
          <ul className={styles.list}>
            {history.merged.map((other) => (
              <li key={other.id} className={styles.row}>
                <span className={styles.grow}>{other.name}</span>
                <Link to={`/playback?channel=${other.id}`}>{t('registry.channel.playback')}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ProblemNote error={merge.error} />
    </>
  );
}
