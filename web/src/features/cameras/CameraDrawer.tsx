import { Drawer, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { ChannelState } from '@/components/ChannelState';
import { Floating } from '@/components/Surface';
import { useLanguage } from '@/lib/i18n';
import { wordsOfProblem } from '@/lib/problem';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import { CompletenessTab } from './settings/CompletenessTab';
import { ConnectionsTab } from './settings/ConnectionsTab';
import { DeviceTab } from './settings/DeviceTab';
import { LawTab } from './settings/LawTab';
import { PlanTab } from './settings/PlanTab';
import { StreamTab } from './settings/StreamTab';
import styles from './settings/settings.module.css';
import { TermTab } from './settings/TermTab';

interface DrawerProps {
  channel: Channel | null;
  tab: string | null;
  onTab: (tab: string) => void;
  onClose: () => void;
}

/** Everything that is decided and known about one camera's recording. */
export function CameraDrawer({ channel, tab, onTab, onClose }: DrawerProps) {
  return (
    <Drawer
      open={channel !== null}
      onClose={onClose}
      size={860}
      destroyOnHidden
      title={channel?.name}
      extra={
        channel && (
          <Floating>
            <ChannelState state={channel.state} />
          </Floating>
        )
      }
      data-testid="camera-drawer"
    >
      {channel && (
        <Floating>
          <Why channel={channel} />
          <Parts channel={channel} tab={tab} onTab={onTab} />
        </Floating>
      )}
    </Drawer>
  );
}

function Why({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = channel.problem && wordsOfProblem(channel.problem, language);
  return (
    <p className={`${styles.hint} tabular`}>
      {channel.place.name} · {channel.spot.name} ·{' '}
      {t('cameras.since', { time: dateTimeOf(microsOf(channel.state_since)) })}{' '}
      {words && (
        <span className={styles.reason} data-problem={words.code}>
          {words.what} {words.advice}
        </span>
      )}
      {!words && channel.state === 'standby' && t('cameras.standbyWhy')}
    </p>
  );
}

function Parts({ channel, tab, onTab }: { channel: Channel; tab: string | null; onTab: (tab: string) => void }) {
  const { t } = useTranslation();
  const reads = may(usePerson(), 'recording.read');
  const connections = {
    key: 'connections',
    label: t('connections.title'),
    children: <ConnectionsTab channel={channel} />,
  };
  const stream = { key: 'stream', label: t('cameras.stream'), children: <StreamTab channel={channel} /> };
  const kept = [
    { key: 'plan', label: t('plan.title'), children: <PlanTab channel={channel} /> },
    { key: 'retention', label: t('retention.title'), children: <TermTab channel={channel} /> },
    { key: 'completeness', label: t('completeness.title'), children: <CompletenessTab channel={channel} /> },
  ];
  const law = { key: 'law', label: t('menu.law'), children: <LawTab channel={channel} /> };
  const device = { key: 'device', label: t('device.title'), children: <DeviceTab channel={channel} /> };
  const others = [law, stream, device, connections];
  const items = reads ? [...kept, ...others] : others;
  return (
    <Tabs
      destroyOnHidden
      activeKey={items.some((item) => item.key === tab) ? (tab ?? '') : (items[0]?.key ?? '')}
      onChange={onTab}
      items={items}
    />
  );
}
