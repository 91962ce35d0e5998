import { Table, type TableColumnsType } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Channel, Damage } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Section } from '@/components/page/Page';
import { useChannelsOf } from '@/lib/channels';
import { useAskEvery } from '@/lib/events';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { usePages, useTablePages } from '@/lib/pages';
import { listDamage } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { addressTimeOf, clockOf, dateTimeOf, microsOf } from '@/lib/time';
import { GoodOrNot } from './panels';
import styles from './panels.module.css';
import { DAMAGE_KEY } from './queries';

const EVERY_MS = 15_000;
const PAGE = 10;

/** What is no longer as it was recorded, to the second, with the way to see it on the timeline. */
export function DamageList() {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePerson();
  const plays = may(person, 'recording.read') && may(person, 'channel.read');
  const damage = usePages([...DAMAGE_KEY], listDamage, { everyMs: useAskEvery(EVERY_MS) });
  const pagination = useTablePages(damage, PAGE);
  const channels = useChannelsOf(
    (damage.items ?? []).map((one) => one.channel_id),
    may(person, 'channel.read'),
  );
  const columns = useMemo(() => columnsIn(t, language, channels, plays), [t, language, channels, plays]);
  const standing = damage.first?.standing ?? 0;
  return (
    <Section
      title={t('damage.title')}
      testId="damage"
      state={
        damage.first && (
          <GoodOrNot good={standing === 0}>
            {standing === 0 ? t('damage.none') : t('damage.standing', { number: standing })}
          </GoodOrNot>
        )
      }
    >
      <ProblemNote error={damage.error} />
      {standing > 0 && (
        <>
          <p className={styles.hint}>{t('damage.hint')}</p>
          <Table
            rowKey="id"
            size="small"
            columns={columns}
            dataSource={damage.items ?? []}
            pagination={{ ...pagination, size: 'small' }}
          />
        </>
      )}
    </Section>
  );
}

function columnsIn(
  t: TFunction,
  language: Language,
  channels: ReadonlyMap<string, Channel>,
  plays: boolean,
): TableColumnsType<Damage> {
  return [
    {
      title: t('playback.channel'),
      width: 150,
      render: (_value, { channel_id }) =>
        channel_id ? (channels.get(channel_id)?.name ?? t('playback.unlisted')) : '—',
    },
    {
      title: t('damage.span'),
      width: 240,
      render: (_value, { start, end }) => (
        <span className="tabular">
          {start && end ? `${dateTimeOf(microsOf(start))} – ${clockOf(microsOf(end))}` : t('damage.noSpan')}
        </span>
      ),
    },
    {
      title: t('damage.kind'),
      render: (_value, one) => <span title={one.path_name}>{inLanguage(one, language)}</span>,
    },
    {
      title: t('damage.found'),
      width: 160,
      render: (_value, { found_at }) => <span className="tabular">{dateTimeOf(microsOf(found_at))}</span>,
    },
    {
      width: 70,
      align: 'end',
      render: (_value, { channel_id, start, clock_epoch }) =>
        plays && channel_id && start ? (
          <Link to={wayTo(channel_id, start, clock_epoch)}>{t('cameras.playback')}</Link>
        ) : null,
    },
  ];
}

function wayTo(channelId: string, start: string, epoch: number): string {
  const at = encodeURIComponent(addressTimeOf(microsOf(start)));
  return `/playback?channel=${channelId}&at=${at}&epoch=${epoch}&zoom=600`;
}
