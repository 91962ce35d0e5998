import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alert, Channel } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { useChannelsOf } from '@/lib/channels';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { useLanguage } from '@/lib/i18n';
import { acknowledgeAlert } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './AlertList.module.css';
import { placeOf } from './placeOf';

/** Those that stand first, each with why and what to do; below them what is over. */
export function AlertList({ alerts, unseen, onLeave }: { alerts: Alert[]; unseen: number; onLeave: () => void }) {
  const { t } = useTranslation();
  const standing = alerts.filter((alert) => alert.cleared_at === null);
  const about = standing.filter((alert) => alert.object_kind === 'channel').map((alert) => alert.object_id);
  const channels = useChannelsOf(about, may(usePerson(), 'channel.read'));
  const over = alerts.filter((alert) => alert.cleared_at !== null);
  return (
    <>
      {standing.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('alerts.none')} data-testid="no-alerts" />
      )}
      {unseen > 0 && <p className={styles.count}>{t('alerts.unseen', { number: unseen })}</p>}
      <ul className={styles.list}>
        {standing.map((alert) => (
          <Standing key={alert.id} alert={alert} channel={channels.get(alert.object_id)} onLeave={onLeave} />
        ))}
      </ul>
      {over.length > 0 && (
        <>
          <h3 className={styles.past}>{t('alerts.over')}</h3>
          <ul className={styles.list}>
            {over.map((alert) => (
              <Over key={alert.id} alert={alert} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface WayProps {
  alert: Alert;
  channel: Channel | undefined;
  onLeave: () => void;
}

const useWords = (alert: Alert) => (useLanguage() === 'zh-CN' ? alert.zh : alert.en);

function Standing({ alert, channel, onLeave }: WayProps) {
  const { t } = useTranslation();
  const words = useWords(alert);
  const raisedUs = microsOf(alert.raised_at);
  return (
    <li
      className={`${styles.standing} ${alert.severity === 'critical' ? styles.critical : ''}`}
      data-testid="alert"
      data-code={alert.code}
      data-severity={alert.severity}
    >
      <span className={styles.head}>
        <strong className={styles.what}>{words.what}</strong>
        <Tag color={COLOURS[alert.severity]}>{t(`alerts.severity.${alert.severity}`)}</Tag>
      </span>
      <span>{words.why}</span>
      <span className={styles.advice}>{words.advice}</span>
      <span className={`${styles.foot} tabular`}>
        {t('alerts.since', { time: dateTimeOf(raisedUs), duration: durationWords(serverNowUs() - raisedUs, t) })}
        {alert.times > 1 && <span>{t('alerts.times', { number: alert.times })}</span>}
        <Way alert={alert} channel={channel} onLeave={onLeave} />
      </span>
      <Seen alert={alert} />
    </li>
  );
}

const COLOURS = { notice: 'default', warning: 'orange', critical: 'red' } as const;

/** Who has seen it, or the place to say that one has. */
function Seen({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const person = usePerson();
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const say = useMutation({
    mutationFn: () => acknowledgeAlert(alert.id, note),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
  });
  if (alert.acknowledged) {
    const { by, at, note: said } = alert.acknowledged;
    return (
      <span className={`${styles.foot} tabular`} data-testid="alert-seen">
        {t('alerts.seen', { who: by, time: dateTimeOf(microsOf(at)) })}
        {said && <span>{said}</span>}
      </span>
    );
  }
  if (!may(person, 'alert.acknowledge')) return null;
  return (
    <>
      <span className={styles.acknowledge}>
        <Input
          size="small"
          maxLength={200}
          value={note}
          placeholder={t('alerts.note')}
          onChange={(event) => setNote(event.target.value)}
          onPressEnter={() => say.mutate()}
          data-testid="alert-note"
        />
        <Button size="small" loading={say.isPending} onClick={() => say.mutate()} data-testid="acknowledge">
          {t('alerts.acknowledge')}
        </Button>
      </span>
      <ProblemNote error={say.error} />
    </>
  );
}

function Way({ alert, channel, onLeave }: WayProps) {
  const { t } = useTranslation();
  const person = usePerson();
  const place = placeOf(alert);
  if (!place || !may(person, place.needs)) return null;
  return (
    <Link to={place.path} onClick={onLeave}>
      {channel ? t('alerts.toChannel', { name: channel.name }) : t('alerts.toStorage')}
    </Link>
  );
}

function Over({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const words = useWords(alert);
  return (
    <li className={styles.over}>
      <span>{words.what}</span>
      <span className={`${styles.foot} tabular`}>
        {t('alerts.from', {
          from: dateTimeOf(microsOf(alert.raised_at)),
          to: dateTimeOf(microsOf(alert.cleared_at ?? '')),
        })}
      </span>
    </li>
  );
}
