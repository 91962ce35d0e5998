import {
  ApartmentOutlined,
  AuditOutlined,
  BookOutlined,
  DownloadOutlined,
  HddOutlined,
  HistoryOutlined,
  KeyOutlined,
  LockOutlined,
  SettingOutlined,
  TableOutlined,
  TeamOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Person } from '@/api';
import { may, type Permission } from '@/lib/session';
import type { Tone } from '@/lib/theme';

type MenuName =
  | 'live'
  | 'playback'
  | 'cameras'
  | 'registry'
  | 'holds'
  | 'clips'
  | 'storage'
  | 'people'
  | 'permissions'
  | 'audit'
  | 'law'
  | 'review';

export interface MenuEntry {
  path: `/${MenuName}`;
  name: MenuName;
  needs: readonly Permission[];
  icon: ReactNode;
  tone: Tone;
}

/** Pages by permission. Who may read what was recorded, without pictures, still has a use for the timeline. */
export const MENU: readonly MenuEntry[] = [
  { path: '/live', name: 'live', needs: ['live.view', 'channel.read'], icon: <TableOutlined />, tone: 'dark' },
  {
    path: '/playback',
    name: 'playback',
    needs: ['recording.read', 'channel.read'],
    icon: <HistoryOutlined />,
    tone: 'dark',
  },
  { path: '/cameras', name: 'cameras', needs: ['channel.read'], icon: <VideoCameraOutlined />, tone: 'light' },
  { path: '/registry', name: 'registry', needs: ['channel.read'], icon: <ApartmentOutlined />, tone: 'light' },
  { path: '/law', name: 'law', needs: ['law.read'], icon: <BookOutlined />, tone: 'light' },
  { path: '/holds', name: 'holds', needs: ['hold.read', 'channel.read'], icon: <LockOutlined />, tone: 'light' },
  { path: '/clips', name: 'clips', needs: ['clip.make'], icon: <DownloadOutlined />, tone: 'light' },
  { path: '/storage', name: 'storage', needs: ['storage.read'], icon: <HddOutlined />, tone: 'light' },
  { path: '/people', name: 'people', needs: ['people.read'], icon: <TeamOutlined />, tone: 'light' },
  { path: '/permissions', name: 'permissions', needs: ['grants.read'], icon: <KeyOutlined />, tone: 'light' },
  { path: '/audit', name: 'audit', needs: ['audit.read'], icon: <AuditOutlined />, tone: 'light' },
  { path: '/review', name: 'review', needs: ['site.manage'], icon: <SettingOutlined />, tone: 'light' },
];

export const menuOf = (person: Person): MenuEntry[] =>
  MENU.filter((entry) => entry.needs.every((permission) => may(person, permission)));
