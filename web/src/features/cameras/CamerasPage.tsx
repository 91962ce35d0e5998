import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Empty, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Channel } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useChannel, useChannelPages, useChannelSummary } from '@/lib/channels';
import type { Pages } from '@/lib/pages';
import { may, usePerson } from '@/lib/session';
import { useSettled } from '@/lib/settled';
import { AddCamera } from './AddCamera';
import { CameraDrawer } from './CameraDrawer';
import styles from './CamerasPage.module.css';
import { CameraTable } from './CameraTable';

export default function CamerasPage() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'channel.manage');
  const [query, setQuery] = useSearchParams();
  const [words, setWords] = useState('');
  const channels = useChannelPages(useSettled(words.trim(), 250));
  const summary = useChannelSummary();
  const adding = manages && query.has('add');
  const open = (add: boolean) => setQuery(add ? { add: '1' } : {}, { replace: true });
  const camera = query.get('camera');
  const alone = useChannel(camera);
  const chosen = camera === null ? null : (alone.data ?? null);
  const settings = (camera: string, tab = 'plan') => setQuery({ camera, tab }, { replace: true });
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('cameras.title')}</h1>
        {summary.data && (
          <span className={`${styles.summary} tabular`}>{t('cameras.summary', { ...summary.data })}</span>
        )}
        <span className={styles.spring} />
        <Input
          className={styles.search ?? ''}
          allowClear
          prefix={<SearchOutlined />}
          placeholder={t('cameras.search')}
          aria-label={t('cameras.search')}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        {manages && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => open(true)} data-testid="add-camera">
            {t('cameras.add')}
          </Button>
        )}
      </header>
      {channels.isPending && <Loading />}
      {channels.error && !channels.items && <ProblemNote error={channels.error} />}
      {channels.items && (
        <Listed
          channels={channels}
          empty={summary.data?.total === 0}
          manages={manages}
          onAdd={() => open(true)}
          onSettings={(channel) => settings(channel.id)}
        />
      )}
      <AddCamera open={adding} onClose={() => open(false)} />
      <CameraDrawer
        channel={chosen}
        tab={query.get('tab')}
        onTab={(tab) => chosen && settings(chosen.id, tab)}
        onClose={() => open(false)}
      />
    </div>
  );
}

interface ListedProps {
  channels: Pages<Channel>;
  empty: boolean;
  manages: boolean;
  onAdd: () => void;
  onSettings: (channel: Channel) => void;
}

function Listed({ channels, empty, manages, onAdd, onSettings }: ListedProps) {
  const { t } = useTranslation();
  if (!empty) return <CameraTable channels={channels} manages={manages} onSettings={onSettings} />;
  return (
    <Empty className={styles.empty ?? ''} description={t(manages ? 'cameras.none' : 'cameras.noneReadOnly')}>
      {manages && (
        <Button type="primary" onClick={onAdd}>
          {t('cameras.add')}
        </Button>
      )}
    </Empty>
  );
}
