import { HistoryOutlined, LockOutlined, UnlockOutlined } from '@ant-design/icons';
import { Button, Segmented, type TableColumnsType, Tag, Tooltip } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Channel, Hold } from '@/api';
import { PlaceHold } from '@/components/PlaceHold';
import { ProblemNote } from '@/components/ProblemNote';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Page, Two } from '@/components/page/Page';
import { useChannelsOf } from '@/lib/channels';
import { durationWords } from '@/lib/duration';
import { useAskEvery } from '@/lib/events';
import { HOLDS_KEY } from '@/lib/holds';
import { usePages, useTablePages } from '@/lib/pages';
import { listHolds } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { addressTimeOf, dateTimeOf, microsOf } from '@/lib/time';
import { LiftHold } from './LiftHold';

const EVERY_MS = 15_000;
const PAGE = 15;

/** Ranges that no schedule deletes: who wanted them kept and why, and the way to let them go. */
export default function HoldsPage() {
  const { t } = useTranslation();
  const person = usePerson();
  const [shown, setShown] = useState<'standing' | 'all'>('standing');
  const [placing, setPlacing] = useState(false);
  const [lifting, setLifting] = useState<Hold | null>(null);
  const only = shown === 'standing';
  const holds = usePages([...HOLDS_KEY, shown], (cursor) => listHolds(only, cursor), {
    everyMs: useAskEvery(EVERY_MS),
  });
  const pagination = useTablePages(holds, PAGE);
  const channels = useChannelsOf((holds.items ?? []).map((hold) => hold.channel_id));
  const lifts = may(person, 'hold.lift');
  const columns = useMemo(() => columnsIn(t, channels, lifts ? setLifting : null), [t, channels, lifts]);
  return (
    <Page
      title={t('holds.title')}
      state={holds.first && t('holds.summary', { number: holds.first.standing })}
      actions={
        <>
          <Segmented
            value={shown}
            onChange={setShown}
            options={(['standing', 'all'] as const).map((value) => ({ value, label: t(`holds.shown.${value}`) }))}
          />
          {may(person, 'hold.place') && (
            <Button type="primary" icon={<LockOutlined />} onClick={() => setPlacing(true)} data-testid="place-hold">
              {t('holds.place')}
            </Button>
          )}
        </>
      }
    >
      <ProblemNote error={holds.error} />
      <DataTable
        rowKey="id"
        loading={holds.isPending}
        failed={Boolean(holds.error)}
        columns={columns}
        dataSource={holds.items ?? []}
        pagination={pagination}
        empty={<EmptyState small words={t('holds.none')} advice={t('holds.noneAdvice')} icon={<LockOutlined />} />}
        data-testid="holds"
      />
      <PlaceHold open={placing} channelIds={[]} span={null} onClose={() => setPlacing(false)} />
      <LiftHold hold={lifting} onClose={() => setLifting(null)} />
    </Page>
  );
}

function columnsIn(
  t: TFunction,
  channels: ReadonlyMap<string, Channel>,
  onLift: ((hold: Hold) => void) | null,
): TableColumnsType<Hold> {
  return [
    {
      title: t('holds.state'),
      width: 96,
      render: (_value, { lifted_at }) =>
        lifted_at === null ? (
          <Tag variant="outlined" color="warning" icon={<LockOutlined />}>
            {t('holds.standing')}
          </Tag>
        ) : (
          <Tag variant="outlined" icon={<UnlockOutlined />}>
            {t('holds.lifted')}
          </Tag>
        ),
    },
    {
      title: t('playback.channel'),
      width: 190,
      render: (_value, { channel_id }) => {
        const channel = channels.get(channel_id);
        return <Two above={channel?.name ?? t('playback.unlisted')} below={channel?.place.name ?? ''} />;
      },
    },
    {
      title: t('holds.range'),
      width: 210,
      render: (_value, { start, end }) => (
        <Two
          above={`${dateTimeOf(microsOf(start))} –`}
          below={`${dateTimeOf(microsOf(end))} · ${durationWords(microsOf(end) - microsOf(start), t)}`}
        />
      ),
    },
    { title: t('reason.label'), render: (_value, hold) => <Reason hold={hold} /> },
    {
      title: t('holds.placedBy'),
      width: 180,
      render: (_value, { placed_by, placed_by_me, placed_at }) => (
        <Two
          above={placed_by_me ? t('holds.byMe', { name: placed_by }) : placed_by}
          below={dateTimeOf(microsOf(placed_at))}
        />
      ),
    },
    {
      title: t('cameras.actions'),
      width: 130,
      align: 'end',
      render: (_value, hold) => <Actions hold={hold} onLift={onLift} />,
    },
  ];
}

function Reason({ hold }: { hold: Hold }) {
  const { t } = useTranslation();
  return (
    <Two
      above={hold.reason}
      below={
        hold.lifted_at === null
          ? ''
          : t('holds.liftedWhy', {
              name: hold.lifted_by ?? '',
              time: dateTimeOf(microsOf(hold.lifted_at)),
              reason: hold.lift_reason ?? '',
            })
      }
    />
  );
}

function Actions({ hold, onLift }: { hold: Hold; onLift: ((hold: Hold) => void) | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const person = usePerson();
  const there = `/playback?channel=${hold.channel_id}&at=${encodeURIComponent(addressTimeOf(microsOf(hold.start)))}`;
  return (
    <>
      {may(person, 'recording.read') && (
        <Tooltip title={t('cameras.playback')}>
          <Button
            type="text"
            icon={<HistoryOutlined />}
            aria-label={t('cameras.playback')}
            onClick={() => navigate(there)}
          />
        </Tooltip>
      )}
      {onLift && hold.lifted_at === null && (
        <Button size="small" onClick={() => onLift(hold)} data-testid="lift">
          {t('holds.lift')}
        </Button>
      )}
    </>
  );
}
