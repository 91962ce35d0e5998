import { useQuery } from '@tanstack/react-query';
import { Button, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ChannelHistory, DecisionForm, OtherChannel } from '@/api';
import { Past } from '@/components/device/Past';
import { Loading } from '@/components/Loading';
import { LawGate } from '@/components/law/LawGate';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect } from '@/components/RegistrySelects';
import { standing } from '@/lib/problem';
import { channelHistory, getPlace, mergeChannels, moveChannel } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
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
  const known = standing(history);
  if (!known) return <Loading error={history.error} />;
  return (
    <>
      <div className={styles.row}>
        <Link to={`/cameras?camera=${id}`}>{t('registry.channel.settings')}</Link>
        {may(person, 'recording.read') && <Link to={`/playback?channel=${id}`}>{t('registry.channel.playback')}</Link>}
      </div>
      <Past history={known} />
      {may(person, 'channel.manage') && placeId && <Move id={id} placeId={placeId} />}
      <Others id={id} history={known} />
    </>
  );
}

function Move({ id, placeId }: { id: string; placeId: string }) {
  const { t } = useTranslation();
  const [where, setWhere] = useState(placeId);
  const [spot, setSpot] = useState<string | null>(null);
  const place = useQuery({ queryKey: ['registry', 'place', where], queryFn: () => getPlace(where) });
  const move = useSaving(
    (decision: DecisionForm | null) => moveChannel(id, spot as string, decision),
    () => setSpot(null),
  );
  const chosen = (next: string | null) => {
    // What was refused is what is decided: another spot is another question.
    if (move.isError) move.reset();
    setSpot(next);
  };
  return (
    <section className={styles.section} data-testid="move-channel">
      <h3>{t('registry.channel.move')}</h3>
      <p className={styles.hint}>{t('registry.channel.moveHint')}</p>
      <div className={styles.row}>
        <EntrySelect
          kind="place"
          value={where}
          known={place.data ? { id: placeId, name: place.data.place.name } : null}
          onChange={(next) => {
            setWhere(next ?? placeId);
            chosen(null);
          }}
        />
        <Select
          className={styles.wide ?? ''}
          value={spot}
          onChange={chosen}
          placeholder={t('registry.channel.moveTo')}
          aria-label={t('registry.channel.moveTo')}
          options={(place.data?.spots ?? []).map((one) => ({ value: one.id, label: one.name }))}
        />
        <Button disabled={spot === null} loading={move.isPending} onClick={() => move.mutate(null)}>
          {t('registry.channel.move')}
        </Button>
      </div>
      <LawGate error={move.error} onDecide={(decision) => move.mutate(decision)} />
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
