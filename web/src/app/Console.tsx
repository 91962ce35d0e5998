import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { I18nextProvider } from 'react-i18next';
import { BrowserRouter, Route, Routes } from 'react-router';
import { Loading } from '@/components/Loading';
import { Surface } from '@/components/Surface';
import { i18n } from '@/lib/i18n';
import { lazily } from '@/lib/lazily';
import { onSessionOver } from '@/lib/server';
import { SESSION_KEY } from '@/lib/session';
import { Boundary } from './Boundary';
import { Home, Nowhere } from './Home';
import { queries } from './queries';
import { Shell } from './Shell';

const SignInPage = lazily(() => import('@/features/session/SignInPage'));
const SetUpPage = lazily(() => import('@/features/session/SetUpPage'));
const DutyPlacePage = lazily(() => import('@/features/session/DutyPlacePage'));
const InvitePage = lazily(() => import('@/features/session/InvitePage'));
const DutyPage = lazily(() => import('@/features/duty/DutyPage'));
const LivePage = lazily(() => import('@/features/live/LivePage'));
const PlaybackPage = lazily(() => import('@/features/playback/PlaybackPage'));
const MapPage = lazily(() => import('@/features/map/MapPage'));
const HelpPage = lazily(() => import('@/features/help/HelpPage'));
const CamerasPage = lazily(() => import('@/features/cameras/CamerasPage'));
const RegistryPage = lazily(() => import('@/features/registry/RegistryPage'));
const LawPage = lazily(() => import('@/features/law/LawPage'));
const HoldsPage = lazily(() => import('@/features/holds/HoldsPage'));
const ClipsPage = lazily(() => import('@/features/clips/ClipsPage'));
const StoragePage = lazily(() => import('@/features/storage/StoragePage'));
const HealthPage = lazily(() => import('@/features/health/HealthPage'));
const PeoplePage = lazily(() => import('@/features/people/PeoplePage'));
const AccountPage = lazily(() => import('@/features/account/AccountPage'));
const PermissionsPage = lazily(() => import('@/features/permissions/PermissionsPage'));
const AuditPage = lazily(() => import('@/features/audit/AuditPage'));
const TrailPage = lazily(() => import('@/features/trail/TrailPage'));
const SettingsPage = lazily(() => import('@/features/settings/SettingsPage'));

export function Console() {
  // Asked again, not assumed: a socket of the sign-in before may say so when the next person is signed in here already.
  useEffect(() => onSessionOver(() => void queries.invalidateQueries({ queryKey: SESSION_KEY })), []);
  return (
    <I18nextProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <Boundary place="">
            <Suspense
              fallback={
                <Surface tone="dark">
                  <Loading />
                </Surface>
              }
            >
              <Routes>
                <Route path="/sign-in" element={<SignInPage />} />
                <Route path="/setup" element={<SetUpPage />} />
                <Route path="/invite" element={<InvitePage />} />
                <Route path="/duty-place" element={<DutyPlacePage />} />
                <Route element={<Shell />}>
                  <Route path="/" element={<Home />} />
                  <Route path="/duty" element={<DutyPage />} />
                  <Route path="/live" element={<LivePage />} />
                  <Route path="/playback" element={<PlaybackPage />} />
                  <Route path="/map" element={<MapPage />} />
                  <Route path="/help" element={<HelpPage />} />
                  <Route path="/help/:chapter" element={<HelpPage />} />
                  <Route path="/cameras" element={<CamerasPage />} />
                  <Route path="/registry" element={<RegistryPage />} />
                  <Route path="/law" element={<LawPage />} />
                  <Route path="/holds" element={<HoldsPage />} />
                  <Route path="/clips" element={<ClipsPage />} />
                  <Route path="/storage" element={<StoragePage />} />
                  <Route path="/health" element={<HealthPage />} />
                  <Route path="/people" element={<PeoplePage />} />
                  <Route path="/permissions" element={<PermissionsPage />} />
                  <Route path="/audit" element={<AuditPage />} />
                  <Route path="/trail" element={<TrailPage />} />
                  <Route path="/account" element={<AccountPage />} />
                  <Route path="/settings" element={<SettingsPage />} />
                  <Route path="*" element={<Nowhere />} />
                </Route>
              </Routes>
            </Suspense>
          </Boundary>
        </BrowserRouter>
      </QueryClientProvider>
    </I18nextProvider>
  );
}
