import { HistoryOutlined, SettingOutlined, StopOutlined } from '@ant-design/icons';
import { Button, Table, type TableColumnsType, Tooltip } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Channel } from '@/api';
import { Address } from '@/components/Address';
import { ChannelState } from '@/components/ChannelState';
import { codecName } from '@/lib/codec';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { type Pages, useTablePages } from '@/lib/pages';
import { wordsOfProblem } from '@/lib/problem';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './CameraTable.module.css';
import { Rename } from './Rename';
import { useRetire } from './useRetire';

const PAGE = 20;

interface TableProps {
  channels: Pages<Channel>;
  manages: boolean;
  onSettings: (channel: Channel) => void;
}

export function CameraTable({ channels, manages, onSettings }: TableProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const settings = useRef(onSettings);
  settings.current = onSettings;
  const columns = useMemo(
    () => columnsIn(t, language, manages, (channel) => settings.current(channel)),
    [t, language, manages],
  );
  const pagination = useTablePages(channels, PAGE);
  return (
    <Table
      rowKey="id"
      size="middle"
      columns={columns}
      dataSource={channels.items ?? []}
      pagination={pagination}
      rowClassName={(channel) => (channel.state === 'retired' ? (styles.retired ?? '') : '')}
      onRow={(channel) => ({ 'data-channel': channel.id }) as object}
      locale={{ emptyText: t('cameras.nothingFound') }}
      data-testid="cameras"
    />
  );
}

function columnsIn(
  t: TFunction,
  language: Language,
  manages: boolean,
  onSettings: (channel: Channel) => void,
): TableColumnsType<Channel> {
  return [
    {
      title: t('cameras.name'),
      width: 150,
      render: (_value, channel) =>
        manages && channel.state !== 'retired' ? <Rename channel={channel} /> : <strong>{channel.name}</strong>,
    },
    {
      title: t('cameras.place'),
      width: 212,
      render: (_value, { place, spot }) => (
        <Two
          above={`${place.name} · ${spot.name}`}
          below={[inLanguage({ zh: place.region_zh, en: place.region_en }, language), place.address]
            .filter(Boolean)
            .join(' ')}
        />
      ),
    },
    {
      title: t('cameras.device'),
      width: 216,
      render: (_value, { device }) =>
        device.address === null ? (
          t('cameras.basicData')
        ) : (
          <code className={styles.address}>
            <Address>{device.address}</Address>
          </code>
        ),
    },
    { title: t('cameras.state'), width: 180, render: (_value, channel) => <StateCell channel={channel} /> },
    {
      title: t('cameras.picture'),
      width: 138,
      render: (_value, { picture }) =>
        picture ? (
          <Two
            above={codecName(picture.codec)}
            below={`${picture.width}×${picture.height} · ${t('cameras.fps', { fps: Math.round(picture.fps) })}`}
          />
        ) : (
          <span className={styles.below}>{t('cameras.noPicture')}</span>
        ),
    },
    {
      title: t('cameras.term'),
      width: 132,
      render: (_value, { term }) => (
        <span className={styles.term} title={inLanguage(term, language)}>
          {inLanguage(term, language)}
        </span>
      ),
    },
    {
      title: t('cameras.actions'),
      width: 140,
      align: 'end',
      render: (_value, channel) => <Actions channel={channel} manages={manages} onSettings={onSettings} />,
    },
  ];
}

function Two({ above, below }: { above: string; below: string }) {
  return (
    <span className={styles.two}>
      <span>{above}</span>
      <span className={styles.below}>{below}</span>
    </span>
  );
}

function StateCell({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = channel.problem && wordsOfProblem(channel.problem, language);
  return (
    <span className={styles.two}>
      <ChannelState state={channel.state} />
      <span className={`${styles.below} tabular`}>
        {t('cameras.since', { time: dateTimeOf(microsOf(channel.state_since)) })}
      </span>
      {words && (
        <Tooltip title={`${words.why} ${words.advice}`}>
          <span className={styles.reason} data-problem={words.code}>
            {words.what}
          </span>
        </Tooltip>
      )}
      {words && <span className={styles.below}>{words.advice}</span>}
    </span>
  );
}

interface ActionsProps {
  channel: Channel;
  manages: boolean;
  onSettings: (channel: Channel) => void;
}

function Actions({ channel, manages, onSettings }: ActionsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const retire = useRetire();
  const person = usePerson();
  return (
    <span className={styles.actions}>
      <Tooltip title={t('cameras.settings')}>
        <Button
          type="text"
          icon={<SettingOutlined />}
          aria-label={`${t('cameras.settings')} ${channel.name}`}
          onClick={() => onSettings(channel)}
          data-testid="settings"
        />
      </Tooltip>
      {may(person, 'recording.read') && (
        <Tooltip title={t('cameras.playback')}>
          <Button
            type="text"
            icon={<HistoryOutlined />}
            aria-label={`${t('cameras.playback')} ${channel.name}`}
            onClick={() => navigate(`/playback?channel=${channel.id}`)}
          />
        </Tooltip>
      )}
      {manages && channel.state !== 'retired' && (
        <Tooltip title={t('cameras.retire.action')}>
          <Button
            type="text"
            danger
            icon={<StopOutlined />}
            aria-label={`${t('cameras.retire.action')} ${channel.name}`}
            onClick={() => retire(channel)}
            data-testid="retire"
          />
        </Tooltip>
      )}
    </span>
  );
}
