import { MenuFoldOutlined, MenuUnfoldOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, useLocation } from 'react-router';
import { GROUPS, type MenuEntry } from './menu';
import styles from './SideMenu.module.css';

interface Props {
  entries: readonly MenuEntry[];
  folded: boolean;
  onFold: (folded: boolean) => void;
}

/** The pages in their groups. One stop for Tab; arrows, Home and End go through it. */
export function SideMenu({ entries, folded, onFold }: Props) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const list = useRef<HTMLElement>(null);
  const here = entries.find((entry) => pathname.startsWith(entry.path)) ?? entries[0];
  const groups = GROUPS.map((group) => ({ group, members: entries.filter((entry) => entry.group === group) }));
  return (
    <div className={styles.side} data-folded={folded} data-testid="side-menu">
      <nav
        ref={list}
        className={styles.menu}
        aria-label={t('menu.label')}
        onKeyDown={(event) => move(event, list.current)}
      >
        {groups
          .filter(({ members }) => members.length > 0)
          .map(({ group, members }) => (
            <section key={group} aria-label={t(`menu.group.${group}`)}>
              <h2 className={styles.group}>{t(`menu.group.${group}`)}</h2>
              {members.map((entry) => (
                <Item key={entry.path} entry={entry} folded={folded} stop={entry === here} />
              ))}
            </section>
          ))}
      </nav>
      <button
        type="button"
        className={styles.fold}
        aria-expanded={!folded}
        aria-label={t(folded ? 'menu.unfold' : 'menu.fold')}
        onClick={() => onFold(!folded)}
        data-testid="fold-menu"
      >
        {folded ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
        {!folded && <span>{t('menu.fold')}</span>}
      </button>
    </div>
  );
}

function Item({ entry, folded, stop }: { entry: MenuEntry; folded: boolean; stop: boolean }) {
  const { t } = useTranslation();
  const name = t(`menu.${entry.name}`);
  return (
    <Tooltip title={folded ? name : ''} placement="right" mouseEnterDelay={0.3}>
      <NavLink
        to={entry.path}
        tabIndex={stop ? 0 : -1}
        aria-label={name}
        className={({ isActive }) => `${styles.item} ${isActive ? styles.active : ''}`}
      >
        <span className={styles.icon} aria-hidden="true">
          {entry.icon}
        </span>
        {!folded && <span className={styles.name}>{name}</span>}
      </NavLink>
    </Tooltip>
  );
}

function move(event: KeyboardEvent, list: HTMLElement | null): void {
  const links = [...(list?.querySelectorAll<HTMLElement>('a') ?? [])];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  // The keys of the page must not act on what moves the focus here.
  event.preventDefault();
  event.stopPropagation();
  links[(to + links.length) % links.length]?.focus();
}
