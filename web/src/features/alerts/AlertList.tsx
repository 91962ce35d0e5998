import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alert } from '@/api';
import { useChannels } from '@/lib/channels';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { useLanguage } from '@/lib/i18n';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './AlertList.module.css';
import { placeOf } from './placeOf';

/** Those that stand first, each with why and what to do; below them what is over. */
export function AlertList({ alerts, onLeave }: { alerts: Alert[]; onLeave: () => void }) {
  const { t } = useTranslation();
  const standing = alerts.filter((alert) => alert.cleared_at === null);
  const over = alerts.filter((alert) => alert.cleared_at !== null);
  return (
    <>
      {standing.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('alerts.none')} data-testid="no-alerts" />
      )}
      <ul className={styles.list}>
        {standing.map((alert) => (
          <Standing key={alert.id} alert={alert} onLeave={onLeave} />
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

const useWords = (alert: Alert) => (useLanguage() === 'zh-CN' ? alert.zh : alert.en);

function Standing({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const { t } = useTranslation();
  const words = useWords(alert);
  const raisedUs = microsOf(alert.raised_at);
  return (
    <li className={styles.standing} data-testid="alert" data-code={alert.code}>
      <strong className={styles.what}>{words.what}</strong>
      <span>{words.why}</span>
      <span className={styles.advice}>{words.advice}</span>
      <span className={`${styles.foot} tabular`}>
        {t('alerts.since', { time: dateTimeOf(raisedUs), duration: durationWords(serverNowUs() - raisedUs, t) })}
        <Way alert={alert} onLeave={onLeave} />
      </span>
    </li>
  );
}

function Way({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const { t } = useTranslation();
  const person = usePerson();
  const channels = useChannels(may(person, 'channel.read'));
  const place = placeOf(alert);
  if (!place || !may(person, place.needs)) return null;
  const channel = channels.data?.find((one) => one.id === alert.object_id);
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
