import {
  ApartmentOutlined,
  AuditOutlined,
  BookOutlined,
  DownloadOutlined,
  EnvironmentOutlined,
  HddOutlined,
  HeartOutlined,
  HistoryOutlined,
  KeyOutlined,
  LockOutlined,
  QuestionCircleOutlined,
  SettingOutlined,
  SolutionOutlined,
  TableOutlined,
  TeamOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Person } from '@/api';
import { may, type Permission } from '@/lib/session';
import type { Tone } from '@/lib/theme';

type MenuName =
  | 'duty'
  | 'live'
  | 'playback'
  | 'map'
  | 'help'
  | 'cameras'
  | 'registry'
  | 'holds'
  | 'clips'
  | 'storage'
  | 'health'
  | 'people'
  | 'permissions'
  | 'audit'
  | 'law'
  | 'settings';

/** What a person does there: watch, know what is installed, answer to the law, keep the system, read how. */
export const GROUPS = ['watch', 'assets', 'law', 'system', 'help'] as const;

export interface MenuEntry {
  group: (typeof GROUPS)[number];
  path: `/${MenuName}`;
  name: MenuName;
  needs: readonly Permission[];
  icon: ReactNode;
  tone: Tone;
}

/** Pages by permission. Who may read what was recorded, without pictures, still has a use for the timeline. */
export const MENU: readonly MenuEntry[] = [
  { group: 'watch', path: '/duty', name: 'duty', needs: ['duty.read'], icon: <SolutionOutlined />, tone: 'dark' },
  {
    group: 'watch',
    path: '/live',
    name: 'live',
    needs: ['live.view', 'channel.read'],
    icon: <TableOutlined />,
    tone: 'dark',
  },
  {
    group: 'watch',
    path: '/playback',
    name: 'playback',
    needs: ['recording.read', 'channel.read'],
    icon: <HistoryOutlined />,
    tone: 'dark',
  },
  {
    group: 'watch',
    path: '/map',
    name: 'map',
    needs: ['channel.read', 'basic_data.read'],
    icon: <EnvironmentOutlined />,
    tone: 'dark',
  },
  {
    group: 'assets',
    path: '/cameras',
    name: 'cameras',
    needs: ['channel.read'],
    icon: <VideoCameraOutlined />,
    tone: 'light',
  },
  {
    group: 'assets',
    path: '/registry',
    name: 'registry',
    needs: ['channel.read'],
    icon: <ApartmentOutlined />,
    tone: 'light',
  },
  { group: 'law', path: '/law', name: 'law', needs: ['law.read'], icon: <BookOutlined />, tone: 'light' },
  {
    group: 'law',
    path: '/holds',
    name: 'holds',
    needs: ['hold.read', 'channel.read'],
    icon: <LockOutlined />,
    tone: 'light',
  },
  { group: 'law', path: '/clips', name: 'clips', needs: ['clip.make'], icon: <DownloadOutlined />, tone: 'light' },
  { group: 'assets', path: '/storage', name: 'storage', needs: ['storage.read'], icon: <HddOutlined />, tone: 'light' },
  { group: 'assets', path: '/health', name: 'health', needs: ['health.read'], icon: <HeartOutlined />, tone: 'light' },
  { group: 'system', path: '/people', name: 'people', needs: ['people.read'], icon: <TeamOutlined />, tone: 'light' },
  {
    group: 'system',
    path: '/permissions',
    name: 'permissions',
    needs: ['grants.read'],
    icon: <KeyOutlined />,
    tone: 'light',
  },
  { group: 'law', path: '/audit', name: 'audit', needs: ['audit.read'], icon: <AuditOutlined />, tone: 'light' },
  {
    group: 'system',
    path: '/settings',
    name: 'settings',
    needs: ['site.manage'],
    icon: <SettingOutlined />,
    tone: 'light',
  },
  { group: 'help', path: '/help', name: 'help', needs: [], icon: <QuestionCircleOutlined />, tone: 'light' },
];

/** Pages that hang on the person's own menu, by what they are called. */
export const OWN_PAGES = { '/account': 'account.title', '/trail': 'trail.title' } as const;

export const menuOf = (person: Person): MenuEntry[] =>
  MENU.filter((entry) => entry.needs.every((permission) => may(person, permission)));
