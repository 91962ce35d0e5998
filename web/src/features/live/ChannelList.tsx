import { SearchOutlined } from '@ant-design/icons';
import { Empty, Input, type InputRef } from 'antd';
import { type RefObject, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Channel } from '@/api';
import { ChannelState } from '@/components/ChannelState';
import { useChannelPages } from '@/lib/channels';
import { useSettled } from '@/lib/pages';
import { may, usePerson } from '@/lib/session';
import styles from './ChannelList.module.css';
import { DRAGGED_CHANNEL } from './Tile';
import { showChannel } from './wall';

interface ListProps {
  channels: Channel[];
  shown: readonly string[];
  search: RefObject<InputRef | null>;
}

/** Channels by place. A click shows one in the focused tile, dragging puts it where it is dropped. */
export function ChannelList({ channels, shown, search }: ListProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const pages = useChannelPages(useSettled(words));
  const { items, loadMore } = pages;
  const found = useMemo(() => byPlace(items ?? []), [items]);
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
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          data-testid="channel-search"
        />
      </div>
      <div
        className={styles.scroll}
        onScroll={({ currentTarget: list }) => {
          if (list.scrollTop + 2 * list.clientHeight > list.scrollHeight) loadMore();
        }}
      >
        {channels.length === 0 && <NoChannels />}
        {channels.length > 0 && items !== undefined && found.length === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.nothingFound')} />
        )}
        {found.map(([place, members]) => (
          <section key={members[0]?.place.id} aria-label={place}>
            <h3 className={styles.place}>
              {place} <span className="tabular">{members.length}</span>
            </h3>
            {members.map((channel) => (
              <Row key={channel.id} channel={channel} shown={shown.includes(channel.id)} />
            ))}
          </section>
        ))}
      </div>
    </aside>
  );
}

function Row({ channel, shown }: { channel: Channel; shown: boolean }) {
  return (
    <button
      type="button"
      className={`${styles.row} ${shown ? styles.shown : ''}`}
      aria-pressed={shown}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED_CHANNEL, channel.id);
        event.dataTransfer.effectAllowed = 'copy';
      }}
      onClick={() => showChannel(channel.id)}
      data-testid="channel"
      data-channel={channel.id}
    >
      <span className={styles.names}>
        <span className={styles.name}>{channel.name}</span>
        <span className={styles.spot}>{channel.spot.name}</span>
      </span>
      <ChannelState state={channel.state} />
    </button>
  );
}

function NoChannels() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'channel.manage');
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.noChannels')}>
      {manages ? <Link to="/cameras?add=1">{t('cameras.add')}</Link> : t('live.noChannelsAdvice')}
    </Empty>
  );
}

function byPlace(channels: Channel[]): [string, Channel[]][] {
  const places = new Map<string, Channel[]>();
  for (const channel of channels) {
    const members = places.get(channel.place.id);
    if (members) members.push(channel);
    else places.set(channel.place.id, [channel]);
  }
  return [...places.values()].map((members) => [members[0]?.place.name ?? '', members]);
}
