import { Tag, Tooltip } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DRIFT_SHOWN_MS, serverNowUs, useServerClock } from '@/lib/clock';
import { clockOf, dateOf } from '@/lib/time';
import styles from './ServerClock.module.css';

/** The time that is recorded: the server's, in Beijing time. A desk clock that differs is called out. */
export function ServerClock() {
  const { t } = useTranslation();
  const offsetMs = useServerClock((clock) => clock.offsetMs);
  const nowUs = useEachSecond();
  const behindMs = offsetMs ?? 0;
  return (
    <Tooltip title={t('clock.hint')}>
      <span className={`${styles.clock} tabular`} data-testid="server-clock" data-offset-ms={offsetMs?.toFixed(0)}>
        <span className={styles.label}>{t('clock.label')}</span>
        <span className={styles.date}>{dateOf(nowUs)}</span>
        <time className={styles.time}>{clockOf(nowUs)}</time>
        {Math.abs(behindMs) >= DRIFT_SHOWN_MS && (
          <Tag color="warning" data-testid="drift">
            {t(behindMs > 0 ? 'clock.behind' : 'clock.ahead', { seconds: (Math.abs(behindMs) / 1000).toFixed(1) })}
          </Tag>
        )}
      </span>
    </Tooltip>
  );
}

/** The server's now, renewed when its second turns. */
function useEachSecond(): number {
  const [nowUs, setNowUs] = useState(serverNowUs);
  useEffect(() => {
    const untilNextMs = 1000 - (Math.floor(nowUs / 1000) % 1000);
    const timer = window.setTimeout(() => setNowUs(serverNowUs()), untilNextMs);
    return () => window.clearTimeout(timer);
  }, [nowUs]);
  return nowUs;
}
