import { useQuery } from '@tanstack/react-query';
import type { InputRef } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'react-router';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { PageFailed } from '@/components/page/PageFailed';
import { useWriteQuery } from '@/lib/address';
import { ConnectionLost } from '@/lib/problem';
import { listEntries } from '@/lib/server';
import { useKnownChannels, useSomeChannels } from './channelStates';
import styles from './LivePage.module.css';
import { ChannelTree } from './tree/ChannelTree';
import { usePageVisible } from './usePageVisible';
import { useView } from './useView';
import { useWallKeys } from './useWallKeys';
import { WallBar } from './WallBar';
import { WallGrid } from './WallGrid';
import { knowsWall, loadWall, queryOfWall, shownChannels, useWall } from './wall';

/** At the very first visit the wall begins with the first cameras there are; a larger layout shows more of them. */
const FIRST = 25;

export default function LivePage() {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const [first] = useState(query);
  const [known] = useState(() => knowsWall(first));
  const found = useQuery({
    queryKey: ['live', 'first'],
    queryFn: () => listEntries('', ['channel'], '', null, FIRST),
    enabled: !known,
  });
  if (!known && found.isPending) return <Loading />;
  if (!known && !found.data) return <PageFailed title={t('menu.live')} error={found.error} />;
  const offered = (found.data?.items ?? []).map((one) => one.id);
  return <Wall first={first} offered={offered} bare={first.get('bare') === '1'} />;
}

interface WallProps {
  first: URLSearchParams;
  offered: readonly string[];
  /** In a window of its own. */
  bare: boolean;
}

function Wall({ first, offered, bare }: WallProps) {
  const { t } = useTranslation();
  // What came first stays: another answer must not take the wall away from whoever has begun to arrange it.
  const [begun] = useState(offered);
  useWallAddress(first, begun, bare);
  const wall = useWall();
  const visible = usePageVisible();
  const search = useRef<InputRef>(null);
  const tree = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  useWallKeys(search, grid);
  const shown = useMemo(() => shownChannels(wall), [wall]);
  const asked = useSomeChannels(shown);
  const known = useKnownChannels((all) => all.channels);
  const onWall = useMemo(() => new Set(shown), [shown]);
  // A view is only opened for channels that are there: one retired channel must not darken the wall.
  const view = useView(
    shown.filter((id) => known.has(id) && known.get(id)?.state !== 'retired'),
    visible,
  );
  // A lost connection has its banner, and the tiles say the rest.
  const refused = Boolean(view.error) && !(view.error instanceof ConnectionLost);
  return (
    <div className={`${styles.page} ${bare ? styles.bare : ''}`} data-testid="live" data-bare={bare}>
      <h1 className="unseen">{t('menu.live')}</h1>
      {!bare && <ChannelTree shown={onWall} search={search} tree={tree} />}
      <div className={styles.wall}>
        <WallBar wall={wall} bare={bare} />
        {refused && <ProblemNote error={view.error} />}
        <WallGrid
          wall={wall}
          known={known}
          asked={!asked.isPlaceholderData && asked.isSuccess}
          view={view}
          visible={visible}
          grid={grid}
        />
      </div>
    </div>
  );
}

/** The wall comes from the address or from the last visit, and the address follows the wall. */
function useWallAddress(first: URLSearchParams, offered: readonly string[], bare: boolean): void {
  const writeQuery = useWriteQuery();
  useEffect(() => {
    // A second window keeps its wall in its address alone: the one of the first must not become it.
    loadWall(first, offered, bare ? null : 'wall');
    const write = () => writeQuery(`${queryOfWall(useWall.getState())}${bare ? '&bare=1' : ''}`);
    write();
    return useWall.subscribe((now, before) => {
      if (now.layout !== before.layout || now.slots !== before.slots) write();
    });
  }, [first, offered, bare, writeQuery]);
  const { state, search } = useLocation();
  // The search of the console leads here from here too; what the wall itself wrote into the address says nothing new.
  useEffect(() => {
    if ((state as { asked?: boolean } | null)?.asked)
      loadWall(new URLSearchParams(search), offered, bare ? null : 'wall');
  }, [state, search, offered, bare]);
}
