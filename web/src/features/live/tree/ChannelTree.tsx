import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Empty, Input, type InputRef } from 'antd';
import { type DragEvent, type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FirstCamera } from '@/components/FirstCamera';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { listEntries } from '@/lib/server';
import { useKnownChannels, useSomeChannels } from '../channelStates';
import { DRAGGED_CHANNEL, DRAGGED_PLACE } from '../dragging';
import { showChannel, showChannels } from '../wall';
import styles from './ChannelTree.module.css';
import { foundRows, moveOf, type Row, rowsOf } from './rows';
import { StateCounts } from './StateCounts';
import { TreeRow } from './TreeRow';
import { useBranches } from './useBranches';
import { useSettled } from './useSettled';

interface TreeProps {
  shown: ReadonlySet<string>;
  search: RefObject<InputRef | null>;
  tree: RefObject<HTMLDivElement | null>;
}

const ROW_PX = 30;
const FOUND = 100;

/** Territories, organisations, places, channels. Enter or a click shows a channel in the chosen tile; so does a drag. */
export function ChannelTree({ shown, search, tree }: TreeProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [words, setWords] = useState('');
  const asked = useSettled(words.trim(), 250);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const { known, error, read } = useBranches();
  useEffect(() => read(''), [read]);
  const found = useQuery({
    queryKey: ['live', 'found', asked],
    queryFn: () => listEntries(asked, ['organisation', 'place', 'channel'], '', null, FOUND),
    enabled: asked !== '',
  });
  const rows = useMemo(() => {
    const named = { territoryName: (one: { zh: string; en: string }) => inLanguage(one, language) };
    if (!asked) return rowsOf(known, opened, named);
    // More was found than is shown: the next word says which.
    return found.data
      ? foundRows({ territories: [], entries: found.data.items, next: null }, known, opened, named)
      : [];
  }, [asked, known, opened, found.data, language]);
  useOpenAtFirst(known, setOpened, read);

  const toggle = (row: Row) => {
    if (!row.open) read(row.node);
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(row.key)) next.add(row.key);
      return next;
    });
  };
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => tree.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (at) => rows[at]?.key ?? at,
  });
  const visible = list.getVirtualItems();
  useReadAhead(rows, visible, read);
  const ids = visible.flatMap(({ index }) => rows[index]?.channelId ?? []);
  useSomeChannels(useSettled(ids.join(','), 200).split(',').filter(Boolean));
  const states = useKnownChannels((all) => all.channels);

  const at = rows.findIndex((row) => row.key === current);
  const goTo = (to: number) => {
    setCurrent(rows[to]?.key ?? null);
    list.scrollToIndex(to);
  };
  const choose = (row: Row) => {
    if (row.channelId) showChannel(row.channelId);
    else toggle(row);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    const move = moveOf(rows, at, event.key);
    if (move && 'to' in move) goTo(move.to);
    else if (move) toggle(move.toggle);
    else if (row && (event.key === 'Enter' || event.key === ' ')) choose(row);
    else if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
  };
  const busy = asked ? found.isPending : !known.has('');
  const failed = asked ? found.error : error;
  return (
    <aside className={styles.list} aria-label={t('live.channels')}>
      <div className={styles.search}>
        <Input
          ref={search}
          allowClear
          prefix={<SearchOutlined />}
          placeholder={t('live.search')}
          aria-label={t('live.search')}
          aria-keyshortcuts="/"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
            if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
            event.preventDefault();
            if (at < 0) goTo(0);
            tree.current?.focus();
          }}
          data-testid="channel-search"
        />
        <StateCounts />
      </div>
      <ProblemNote error={failed} />
      {busy && !failed && <Loading />}
      <div
        ref={tree}
        className={styles.scroll}
        role="tree"
        aria-label={t('live.channels')}
        aria-activedescendant={at >= 0 ? rowId(rows[at]) : undefined}
        aria-multiselectable="true"
        tabIndex={0}
        onKeyDown={pressed}
        onFocus={() => at < 0 && rows.length > 0 && setCurrent(rows[0]?.key ?? null)}
        data-testid="channel-tree"
        data-rows={rows.length}
      >
        {!busy && rows.length === 0 && (asked ? <NothingFound /> : <NoChannels />)}
        <div style={{ height: list.getTotalSize(), position: 'relative' }} role="presentation">
          {visible.map(({ index, start, key }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <TreeRow
                key={key}
                id={rowId(row)}
                row={row}
                top={start}
                current={index === at}
                shown={row.channelId !== null && shown.has(row.channelId)}
                state={row.channelId ? (states.get(row.channelId)?.state ?? null) : null}
                onPress={() => {
                  setCurrent(row.key);
                  choose(row);
                }}
                onDrag={(event) => drag(event, row)}
              />
            );
          })}
        </div>
      </div>
    </aside>
  );
}

const rowId = (row: Row | undefined): string => `channel-tree${row?.key.replace(/[^\w-]/g, '_') ?? ''}`;

function drag(event: DragEvent, row: Row): void {
  event.dataTransfer.effectAllowed = 'copy';
  if (row.channelId) event.dataTransfer.setData(DRAGGED_CHANNEL, row.channelId);
  else event.dataTransfer.setData(DRAGGED_PLACE, row.node);
}

/** Show the channels of what was dropped: as many as the wall has room for. */
export async function showBranch(node: string, tile: number): Promise<void> {
  const found = await listEntries('', ['channel'], node, null, 25);
  showChannels(
    found.items.map((one) => one.id),
    tile,
  );
}

/** The end of a page that comes into sight is read on. */
function useReadAhead(rows: readonly Row[], visible: readonly { index: number }[], read: (node: string) => void): void {
  const wanted = visible.flatMap(({ index }) => (rows[index]?.kind === 'more' ? rows[index].node : []))[0];
  useEffect(() => {
    if (wanted !== undefined) read(wanted);
  }, [wanted, read]);
}

type Opened = ReadonlySet<string>;

/** A tree of so few channels is shown whole: nobody wants to click through a province for a dozen cameras. */
const FEW = 40;

/** A small tree is open from the beginning, and a large one as far as it holds one thing alone. */
function useOpenAtFirst(
  known: ReturnType<typeof useBranches>['known'],
  setOpened: (change: (before: Opened) => Opened) => void,
  read: (node: string) => void,
): void {
  const done = useRef(new Set<string>());
  useEffect(() => {
    const fresh: string[] = [];
    const open = (parent: string, node: string) => {
      const children = known.get(node);
      const below = children && children.next === null ? [...children.territories, ...children.entries] : [];
      const few = below.length === 1 || below.reduce((sum, one) => sum + (one.channels ?? 0), 0) <= FEW;
      for (const one of few ? below : []) {
        if (one.node.startsWith('channel:') || one.channels === 0) continue;
        const key = `${parent}>${one.node}`;
        if (!done.current.has(key)) fresh.push(key);
        done.current.add(key);
        read(one.node);
        open(key, one.node);
      }
    };
    open('', '');
    if (fresh.length > 0) setOpened((before) => new Set([...before, ...fresh]));
  }, [known, setOpened, read]);
}

function NothingFound() {
  const { t } = useTranslation();
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.nothingFound')} />;
}

function NoChannels() {
  const { t } = useTranslation();
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('cameras.noneYet')}>
      <FirstCamera />
    </Empty>
  );
}
