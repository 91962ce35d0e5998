import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { keepPreference, type PreferenceName, readPreference } from '@/lib/server';

/**
 * What a person keeps of the own console, on the server: it follows them to another desk. Small JSON documents by fixed
 * names (`identity/preferences.py` lists them). What is read may be of an older version of a page: `parse` it.
 */
export interface Kept<T> {
  value: T;
  /** False until the server answered: what is changed before would be lost. */
  ready: boolean;
  keep: (next: T) => void;
  /** The last change did not reach the server; it holds on this page. */
  error: unknown;
}

export const preferenceKey = (name: PreferenceName) => ['preference', name] as const;

/** Changes within this time are sent as one. */
const SETTLE_MS = 400;
const waiting = new Map<PreferenceName, number>();

export function usePreference<T extends object>(name: PreferenceName, parse: (kept: unknown) => T): Kept<T> {
  const queries = useQueryClient();
  const kept = useQuery({
    queryKey: preferenceKey(name),
    queryFn: () => readPreference(name),
    // Another desk may have changed it; this one says so itself.
    staleTime: 60_000,
    refetchInterval: false,
    // An own change that is still on its way must not be overwritten by what was there before.
    refetchOnWindowFocus: () => !waiting.has(name),
  });
  const failure = useQuery<unknown>({ queryKey: ['preference-failure', name], queryFn: () => null, enabled: false });
  const keep = useCallback(
    (next: T) => {
      queries.setQueryData(preferenceKey(name), { ...next });
      window.clearTimeout(waiting.get(name));
      const send = () => {
        waiting.delete(name);
        keepPreference(name, { ...queries.getQueryData<object>(preferenceKey(name)) }).then(
          () => queries.setQueryData(['preference-failure', name], null),
          (error: unknown) => queries.setQueryData(['preference-failure', name], error),
        );
      };
      waiting.set(name, window.setTimeout(send, SETTLE_MS));
    },
    [queries, name],
  );
  return { value: parse(kept.data ?? {}), ready: kept.isSuccess, keep, error: failure.data ?? kept.error };
}
