import { Button, Result } from 'antd';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, NavLink, Outlet, useLocation } from 'react-router';
import type { Person } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { ProofDialog } from '@/components/ProofDialog';
import { Surface } from '@/components/Surface';
import { useConnection } from '@/lib/connection';
import { useServerState, useSession } from '@/lib/session';
import type { Tone } from '@/lib/theme';
import { useToned } from '@/lib/tone';
import { DutyLock } from './DutyLock';
import { MENU, type MenuEntry, menuOf } from './menu';
import { Notices } from './Notices';
import styles from './Shell.module.css';
import { TopBar } from './TopBar';

/** The door: who is not signed in goes to sign in and comes back to the same address afterwards. */
export function Shell() {
  const state = useServerState();
  const session = useSession();
  const location = useLocation();
  const tone = useToned('dark');
  if (session.data) return <Inside person={session.data} demonstration={state.data?.demonstration ?? false} />;
  if (session.data === null && state.data) {
    const to = state.data.initialized
      ? `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`
      : '/setup';
    return <Navigate to={to} replace />;
  }
  return (
    <Surface tone={tone} className={styles.waiting ?? ''}>
      <LostBanner />
      {session.error ? <ProblemNote error={session.error} /> : <Loading />}
    </Surface>
  );
}

function Inside({ person, demonstration }: { person: Person; demonstration: boolean }) {
  const { pathname } = useLocation();
  const entry = MENU.find((candidate) => pathname.startsWith(candidate.path));
  const allowed = !entry || menuOf(person).includes(entry);
  const around = useToned('dark');
  const tone = useToned(entry?.tone ?? 'light');
  useToneOfDocument(tone);
  return (
    <div className={styles.shell}>
      <Surface tone={around} className={styles.top ?? ''}>
        <TopBar person={person} demonstration={demonstration} />
      </Surface>
      <Surface tone={around} className={styles.side ?? ''}>
        <SideMenu entries={menuOf(person)} />
      </Surface>
      <Surface tone={tone} className={styles.page ?? ''}>
        <LostBanner />
        <DutyLock person={person} />
        <Notices />
        <main className={styles.main}>
          <Suspense fallback={<Loading />}>{allowed ? <Outlet /> : <NotAllowed person={person} />}</Suspense>
        </main>
        <ProofDialog />
      </Surface>
    </div>
  );
}

/** Dialogs and lists that open hang at the end of the document: they take the tone of the page that opened them. */
function useToneOfDocument(tone: Tone): void {
  useEffect(() => {
    document.documentElement.dataset.tone = tone;
  }, [tone]);
}

function SideMenu({ entries }: { entries: MenuEntry[] }) {
  const { t } = useTranslation();
  return (
    <nav className={styles.menu} aria-label={t('menu.label')}>
      {entries.map((entry) => (
        <NavLink
          key={entry.path}
          to={entry.path}
          className={({ isActive }) => `${styles.item} ${isActive ? styles.active : ''}`}
        >
          <span className={styles.icon} aria-hidden="true">
            {entry.icon}
          </span>
          {t(`menu.${entry.name}`)}
        </NavLink>
      ))}
    </nav>
  );
}

function NotAllowed({ person }: { person: Person }) {
  const { t } = useTranslation();
  return (
    <Result
      status="403"
      title={t('home.refused.title')}
      subTitle={t('home.refused.text', { name: person.display_name })}
      extra={
        <Link to="/">
          <Button>{t('home.refused.back')}</Button>
        </Link>
      }
    />
  );
}

function LostBanner() {
  const { t } = useTranslation();
  const lost = useConnection((connection) => connection.lost);
  if (!lost) return null;
  return (
    <div className={styles.lost} role="status" data-testid="connection-lost">
      <strong>{t('failure.connection.what')}</strong> {t('failure.connection.banner')}
    </div>
  );
}
