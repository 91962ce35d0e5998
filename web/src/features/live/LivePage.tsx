import type { InputRef } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Channel } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useWriteQuery } from '@/lib/address';
import { useChannels, useChannelsOf } from '@/lib/channels';
import { ConnectionLost } from '@/lib/problem';
import { ChannelList } from './ChannelList';
import styles from './LivePage.module.css';
import { useView } from './useView';
import { useVisible } from './useVisible';
import { useWallKeys } from './useWallKeys';
import { WallBar } from './WallBar';
import { WallGrid } from './WallGrid';
import { loadWall, queryOfWall, shownChannels, useWall } from './wall';

export default function LivePage() {
  const channels = useChannels();
  if (channels.isPending) return <Loading />;
  if (!channels.data) return <ProblemNote error={channels.error} />;
  return <Wall channels={channels.data.filter((channel) => channel.state !== 'retired')} />;
}

function Wall({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  useWallAddress(channels);
  const wall = useWall();
  const visible = useVisible();
  const search = useRef<InputRef>(null);
  const grid = useRef<HTMLDivElement>(null);
  useWallKeys(search, grid);
  const shown = shownChannels(wall);
  const onWall = useChannelsOf(shown);
  const known = useMemo(() => {
    const inUse = [...onWall].filter(([, channel]) => channel.state !== 'retired');
    return new Map([...channels.map((channel) => [channel.id, channel] as const), ...inUse]);
  }, [channels, onWall]);
  // A view is only opened for channels that are there: one retired channel must not darken the wall.
  const view = useView(
    shown.filter((id) => known.has(id)),
    visible,
  );
  // A lost connection has its banner, and the tiles say the rest.
  const refused = Boolean(view.error) && !(view.error instanceof ConnectionLost);
  return (
    <div className={styles.page}>
      <h1 className="unseen">{t('menu.live')}</h1>
      <ChannelList channels={channels} shown={shown} search={search} />
      <div className={styles.wall}>
        <WallBar wall={wall} />
        {refused && <ProblemNote error={view.error} />}
        <WallGrid wall={wall} known={known} view={view} visible={visible} grid={grid} />
      </div>
    </div>
  );
}

/** The wall comes from the address or from the last visit, and the address follows the wall. */
function useWallAddress(channels: Channel[]): void {
  const [query] = useSearchParams();
  const [first] = useState(query);
  const [offered] = useState(() => channels.map((channel) => channel.id));
  const writeQuery = useWriteQuery();
  useEffect(() => {
    loadWall(first, offered);
    const write = () => writeQuery(queryOfWall(useWall.getState()));
    write();
    return useWall.subscribe((now, before) => {
      if (now.layout !== before.layout || now.slots !== before.slots) write();
    });
  }, [first, offered, writeQuery]);
}
