import { useQuery } from '@tanstack/react-query';
import type { Person } from '@/api';
import { useAskEvery } from '@/lib/events';
import { readSession, readState } from '@/lib/server';

export const SESSION_KEY = ['session'] as const;
const STATE_EVERY_MS = 10_000;
const STATE_EVERY_MS_WHEN_LOST = 2_000;

export const useSession = () => useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: 30_000 });

/** State of the server; it also carries the clock and finds a server that is back, so without the feed it is asked again. */
export const useServerState = () => {
  const everyMs = useAskEvery(STATE_EVERY_MS);
  return useQuery({
    queryKey: ['state'],
    queryFn: readState,
    retry: false,
    refetchInterval: (query) => everyMs && (query.state.status === 'error' ? STATE_EVERY_MS_WHEN_LOST : everyMs),
    refetchIntervalInBackground: false,
  });
};

/** The person in a page behind the door. */
export function usePerson(): Person {
  const { data } = useSession();
  if (!data) throw new Error('a page behind the door was shown to nobody');
  return data;
}

/** The permissions that the console asks about, by their names on the server. */
export type Permission =
  | 'live.view'
  | 'ptz.control'
  | 'ptz.preset'
  | 'playback.view'
  | 'recording.read'
  | 'channel.read'
  | 'channel.manage'
  | 'basic_data.read'
  | 'registry.manage'
  | 'registry.export'
  | 'health.read'
  | 'storage.read'
  | 'alert.read'
  | 'alert.acknowledge'
  | 'recording.manage'
  | 'retention.manage'
  | 'hold.read'
  | 'hold.place'
  | 'hold.lift'
  | 'clock.confirm'
  | 'clip.make'
  | 'snapshot.take'
  | 'check.run'
  | 'people.read'
  | 'people.manage'
  | 'administration.change'
  | 'audit.read'
  | 'audit.export'
  | 'audit.verify'
  | 'grants.read'
  | 'grants.manage'
  | 'law.read'
  | 'law.decide'
  | 'site.manage'
  | 'duty.read'
  | 'duty.serve'
  | 'duty.plan';

export const may = (person: Person, permission: Permission): boolean => person.permissions.includes(permission);
