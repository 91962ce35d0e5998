import { PlusOutlined, ReloadOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Empty, Input } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Channel } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { searchChannels, useChannels } from '@/lib/channels';
import { may, usePerson } from '@/lib/session';
import { AddCamera } from './AddCamera';
import { CameraDrawer } from './CameraDrawer';
import styles from './CamerasPage.module.css';
import { CameraTable } from './CameraTable';

export default function CamerasPage() {
  const { t } = useTranslation();
  const channels = useChannels();
  const manages = may(usePerson(), 'channel.manage');
  const [query, setQuery] = useSearchParams();
  const [words, setWords] = useState('');
  const adding = manages && query.has('add');
  const open = (add: boolean) => setQuery(add ? { add: '1' } : {}, { replace: true });
  const chosen = channels.data?.find((channel) => channel.id === query.get('camera')) ?? null;
  const settings = (camera: string, tab = 'plan') => setQuery({ camera, tab }, { replace: true });
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('cameras.title')}</h1>
        {channels.data && <Summary channels={channels.data} />}
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
      {channels.error && !channels.data && (
        <ProblemNote
          error={channels.error}
          action={
            <Button icon={<ReloadOutlined />} onClick={() => channels.refetch()}>
              {t('failure.again')}
            </Button>
          }
        />
      )}
      {channels.data && (
        <Listed
          channels={channels.data}
          words={words}
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
  channels: Channel[];
  words: string;
  manages: boolean;
  onAdd: () => void;
  onSettings: (channel: Channel) => void;
}

function Listed({ channels, words, manages, onAdd, onSettings }: ListedProps) {
  const { t } = useTranslation();
  const found = useMemo(() => searchChannels(channels, words), [channels, words]);
  if (channels.length > 0) return <CameraTable channels={found} manages={manages} onSettings={onSettings} />;
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

function Summary({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const inUse = channels.filter((channel) => channel.state !== 'retired');
  const recording = inUse.filter((channel) => channel.state === 'recording').length;
  return (
    <span className={`${styles.summary} tabular`}>{t('cameras.summary', { recording, total: inUse.length })}</span>
  );
}
