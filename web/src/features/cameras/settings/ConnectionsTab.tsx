import { useQuery } from '@tanstack/react-query';
import { type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, Connection } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { listConnections } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import { clockErrorWords, driftWords, isWrong } from './cameraClock';
import styles from './settings.module.css';

/** Each connection to the camera, and how wrong the camera's own clock was. Recorded time is the server's either way. */
export function ConnectionsTab({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const connections = useQuery({
    queryKey: ['connections', channel.id],
    queryFn: () => listConnections(channel.id),
    refetchInterval: 10_000,
  });
  const columns = useMemo(() => columnsIn(t), [t]);
  return (
    <div className={styles.tab} data-testid="connections">
      <p className={styles.hint}>{t('connections.hint')}</p>
      <ProblemNote error={connections.error} />
      <DataTable
        sticky={false}
        rowKey="id"
        size="small"
        loading={connections.isPending}
        failed={connections.isError}
        columns={columns}
        dataSource={connections.data ?? []}
        pagination={false}
        empty={t('connections.none')}
      />
    </div>
  );
}

function columnsIn(t: TFunction): TableColumnsType<Connection> {
  return [
    {
      title: t('connections.began'),
      width: 160,
      render: (_value, { began }) => <span className="tabular">{dateTimeOf(microsOf(began))}</span>,
    },
    {
      title: t('connections.lasted'),
      width: 130,
      render: (_value, { began, ended }) =>
        ended ? (
          <span className="tabular">{durationWords(microsOf(ended) - microsOf(began), t)}</span>
        ) : (
          <span className="tabular">
            <Tag variant="outlined" color="success">
              {t('connections.now')}
            </Tag>{' '}
            {durationWords(serverNowUs() - microsOf(began), t)}
          </span>
        ),
    },
    {
      title: t('connections.clockError'),
      render: (_value, { clock_error_s }) =>
        clock_error_s === null ? (
          <span className={styles.below}>{t('connections.unknown')}</span>
        ) : (
          <span className={`tabular ${isWrong(clock_error_s) ? styles.reason : ''}`}>
            {clockErrorWords(clock_error_s, t)}
          </span>
        ),
    },
    {
      title: t('connections.drift'),
      width: 110,
      render: (_value, { drift_ppm }) => (
        <span className="tabular">{drift_ppm === null ? '—' : driftWords(drift_ppm, t)}</span>
      ),
    },
    {
      title: t('connections.lost'),
      width: 170,
      render: (_value, connection) => <Lost connection={connection} />,
    },
    {
      title: t('connections.server'),
      width: 130,
      render: (_value, { server }) => <span className={styles.below}>{server || '—'}</span>,
    },
  ];
}

const COUNTED_EVERY_US = 60_000_000;

/** What did not arrive, and why. A connection that has just begun has not been counted yet. */
function Lost({ connection }: { connection: Connection }) {
  const { t } = useTranslation();
  const { transport, began, ended, packets_lost, packets_dropped, units_damaged } = connection;
  const nothing = packets_lost + packets_dropped + units_damaged === 0;
  const counted = ended !== null || serverNowUs() - microsOf(began) > COUNTED_EVERY_US;
  return (
    <span className="tabular" data-testid="lost">
      {transport.toUpperCase()}
      {nothing ? (
        <span className={styles.below}> {t(counted ? 'connections.nothingLost' : 'connections.notCounted')}</span>
      ) : (
        <span className={styles.reason}>
          <br />
          {t('connections.packets', { lost: packets_lost, dropped: packets_dropped })}
          <br />
          {t('connections.damaged', { count: units_damaged })}
        </span>
      )}
    </span>
  );
}
