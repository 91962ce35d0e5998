import { Table, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { StoredGroup, StoredVolume } from '@/api';
import { Address } from '@/components/Address';
import { Section } from '@/components/page/Page';
import { bytesWords } from '@/lib/bytes';
import { serverNowUs } from '@/lib/clock';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { fullOn, sharesOf, urgencyOf } from './forecast';
import styles from './Groups.module.css';

/** Each group of disks: how long it lasts, and its volumes. */
export function Groups({ groups }: { groups: StoredGroup[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => columnsIn(t), [t]);
  return groups.map((group) => (
    <Section
      key={group.id}
      testId="volume-group"
      title={t('storage.group', { name: group.name })}
      state={group.demonstration && <Tag variant="outlined">{t('shell.demonstration')}</Tag>}
      actions={<Forecast group={group} />}
    >
      <Table
        rowKey="id"
        size="small"
        columns={columns}
        dataSource={group.volumes}
        pagination={false}
        locale={{ emptyText: t('storage.noVolumes') }}
      />
    </Section>
  ));
}

function Forecast({ group }: { group: StoredGroup }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const date = fullOn(group.days_left, serverNowUs());
  const urgency = urgencyOf(group.days_left);
  return (
    <span className={`${styles.forecast} ${styles[urgency]} tabular`} data-testid="forecast" data-urgency={urgency}>
      {inLanguage({ zh: group.days_left_zh, en: group.days_left_en }, language)}
      {date && <span className={styles.date}>{t('storage.fullOn', { date })}</span>}
    </span>
  );
}

const STATE_COLOUR = { ok: 'success', full: 'error', missing: 'error', retired: 'default' } as const;

function columnsIn(t: TFunction): TableColumnsType<StoredVolume> {
  return [
    {
      title: t('storage.volume'),
      render: (_value, { path }) => (
        <code className={styles.path}>
          <Address>{path}</Address>
        </code>
      ),
    },
    {
      title: t('storage.state'),
      width: 100,
      render: (_value, { state }) => (
        <Tag variant="outlined" color={STATE_COLOUR[state]} data-testid="volume-state" data-state={state}>
          {t(`storage.volumeState.${state}`)}
        </Tag>
      ),
    },
    { title: t('storage.usage'), width: 300, render: (_value, volume) => <Usage volume={volume} /> },
    {
      title: t('storage.filling'),
      width: 120,
      align: 'end',
      render: (_value, { filling_bytes_per_day: perDay }) => (
        <span className="tabular">{perDay > 0 ? t('storage.perDay', { size: bytesWords(perDay) }) : '—'}</span>
      ),
    },
  ];
}

function Usage({ volume }: { volume: StoredVolume }) {
  const { t } = useTranslation();
  const shares = sharesOf(volume);
  const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
  const used = bytesWords(volume.used_bytes);
  const words =
    volume.free_bytes === null
      ? t('storage.usedOnly', { used })
      : t(volume.limit_bytes === null ? 'storage.usedFree' : 'storage.usedLimit', {
          used,
          free: bytesWords(volume.free_bytes),
          limit: bytesWords(volume.limit_bytes ?? 0),
        });
  return (
    <span className={styles.usage}>
      <span className={styles.bar} role="img" aria-label={words}>
        {shares && (
          <>
            <span className={styles.used} style={{ width: percent(shares.used) }} />
            <span className={styles.free} style={{ width: percent(shares.free) }} />
          </>
        )}
      </span>
      <span className={`${styles.figures} tabular`}>{words}</span>
    </span>
  );
}
