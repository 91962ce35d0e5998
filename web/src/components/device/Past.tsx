import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ChannelHistory } from '@/api';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './device.module.css';

/** The devices that a channel had and the spots that it looked at, oldest first. */
export function Past({ history }: { history: ChannelHistory }) {
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
