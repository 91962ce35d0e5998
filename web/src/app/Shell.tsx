import { useQuery } from '@tanstack/react-query';
import { Button, Result } from 'antd';
import type { TFunction } from 'i18next';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Outlet, useLocation } from 'react-router';
import type { Person } from '@/api';
import { Loading } from '@/components/Loading';
import { Mark } from '@/components/Mark';
import { GroundsNote, ProblemNote } from '@/components/ProblemNote';
import { ProofDialog } from '@/components/ProofDialog';
import { Surface } from '@/components/Surface';
import { useConnection } from '@/lib/connection';
import { keep, kept } from '@/lib/drafts';
import { chapterOf } from '@/lib/helpChapters';
import { useKeys } from '@/lib/keys';
import { lazily } from '@/lib/lazily';
import { readGrounds } from '@/lib/server';
import { may, type Permission, useServerState, useSession } from '@/lib/session';
import type { Tone } from '@/lib/theme';
import { useTitle } from '@/lib/title';
import { useToned } from '@/lib/tone';
import { Boundary } from './Boundary';
import { DutyLock } from './DutyLock';
import { MENU, menuOf, OWN_PAGES } from './menu';
import { Notices } from './Notices';
import styles from './Shell.module.css';
import { SideMenu } from './SideMenu';
import { TopBar } from './TopBar';
import { useFeedOfPage } from './useFeedOfPage';

const loadSearch = () => import('./Search');
const Search = lazily(loadSearch);
const HelpDrawer = lazily(() => import('@/features/help/HelpDrawer'));
const KeyHelp = lazily(() => import('./KeyHelp'));

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
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  const entry = MENU.find((candidate) => pathname.startsWith(candidate.path));
  const entries = menuOf(person);
  const allowed = !entry || entries.includes(entry);
  const around = useToned('dark');
  const tone = useToned(entry?.tone ?? 'light');
  const main = useRef<HTMLElement>(null);
  const [folded, setFolded] = useState(() => kept('menu-folded') === true);
  const [overlay, setOverlay] = useState<'none' | 'search' | 'keys' | 'help'>('none');
  useToneOfDocument(tone);
  // Who presses Ctrl+K types on at once: the field must be there by then.
  useEffect(() => void loadSearch(), []);
  useTitle(entry ? t(`menu.${entry.name}`) : own(pathname, t));
  const fold = (next: boolean) => {
    keep('menu-folded', next);
    setFolded(next);
  };
  useKeys(t('keys.everywhere'), [
    { keys: ['Ctrl+k'], does: t('search.title'), act: () => setOverlay('search') },
    { keys: ['?'], does: t('keys.title'), act: () => setOverlay('keys') },
    { keys: ['F1'], does: t('help.open'), act: () => setOverlay('help') },
    { keys: ['Ctrl+b'], does: t('keys.fold'), act: () => fold(!folded) },
  ]);
  const close = () => setOverlay('none');
  useFeedOfPage(person);
  if (isBare(pathname, search)) {
    return (
      <Surface tone={tone} className={`${styles.page} ${styles.bare}`}>
        <LostBanner />
        <DutyLock person={person} />
        <main ref={main} id="main" tabIndex={-1} className={styles.main}>
          <Boundary place={pathname}>
            <Suspense fallback={<Loading />}>
              {allowed ? <Outlet /> : <NotAllowed person={person} needs={entry?.needs ?? []} />}
            </Suspense>
          </Boundary>
        </main>
        <ProofDialog />
        <Suspense>{overlay === 'keys' && <KeyHelp open onClose={close} />}</Suspense>
      </Surface>
    );
  }
  return (
    <div className={styles.shell}>
      <Surface tone={around} className={styles.top ?? ''}>
        <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
          {t('shell.skip')}
        </button>
        <TopBar
          person={person}
          demonstration={demonstration}
          onSearch={() => setOverlay('search')}
          onKeys={() => setOverlay('keys')}
          onHelp={() => setOverlay('help')}
        />
      </Surface>
      <Surface tone={around} className={styles.side ?? ''}>
        <SideMenu entries={entries} folded={folded} onFold={fold} />
      </Surface>
      <Surface tone={tone} className={styles.page ?? ''}>
        <LostBanner />
        <DutyLock person={person} />
        <Notices />
        <main ref={main} id="main" tabIndex={-1} className={styles.main}>
          <Boundary place={pathname}>
            <Suspense fallback={<Loading />}>
              {allowed ? <Outlet /> : <NotAllowed person={person} needs={entry?.needs ?? []} />}
            </Suspense>
          </Boundary>
        </main>
        <ProofDialog />
        <Suspense>
          {overlay === 'search' && <Search open onClose={close} />}
          {overlay === 'keys' && <KeyHelp open onClose={close} />}
          {overlay === 'help' && <HelpDrawer name={chapterOf(pathname)} onClose={close} />}
        </Suspense>
      </Surface>
    </div>
  );
}

/** The wall in a window of its own has no menus: it is looked at, from across the room. */
const isBare = (pathname: string, search: string): boolean =>
  pathname === '/live' && new URLSearchParams(search).get('bare') === '1';

function own(pathname: string, t: TFunction): string | null {
  const found = Object.entries(OWN_PAGES).find(([path]) => pathname.startsWith(path));
  return found ? t(found[1]) : null;
}

/** Dialogs and lists that open hang at the end of the document: they take the tone of the page that opened them. */
function useToneOfDocument(tone: Tone): void {
  useEffect(() => {
    document.documentElement.dataset.tone = tone;
  }, [tone]);
}

function NotAllowed({ person, needs }: { person: Person; needs: readonly Permission[] }) {
  const { t } = useTranslation();
  const lacking = needs.find((permission) => !may(person, permission));
  const grounds = useQuery({
    queryKey: ['grounds', lacking],
    queryFn: () => readGrounds(lacking ?? 'session.own'),
    enabled: lacking !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Result
      icon={<Mark size={72} />}
      title={t('home.refused.title')}
      subTitle={t('home.refused.text', { name: person.display_name })}
      extra={
        <>
          {grounds.data && (
            <div className={styles.grounds}>
              <GroundsNote grounds={grounds.data} />
            </div>
          )}
          <Link to="/">
            <Button>{t('home.refused.back')}</Button>
          </Link>
        </>
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
