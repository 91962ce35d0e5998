import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useAskEvery } from '@/lib/events';
import { moveHand, readOwnState } from '@/lib/server';

export const OWN_STATE_KEY = ['own-state'] as const;
const EVERY_MS = 20_000;
const HAND_EVERY_MS = 30_000;

/** How the own sign-in stands: notices, and whether this duty place is locked. */
export const useOwnState = () =>
  useQuery({
    queryKey: OWN_STATE_KEY,
    queryFn: readOwnState,
    refetchInterval: useAskEvery(EVERY_MS),
    staleTime: 5_000,
  });

/** At a duty place: tell the server that somebody acts here, at most twice a minute. The server decides what locks. */
export function useHand(watching: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!watching) return;
    let told = 0;
    const tell = () => {
      if (Date.now() - told < HAND_EVERY_MS) return;
      told = Date.now();
      moveHand().catch(() => queries.invalidateQueries({ queryKey: OWN_STATE_KEY }));
    };
    const kinds = ['pointerdown', 'keydown', 'wheel'] as const;
    for (const kind of kinds) window.addEventListener(kind, tell, { passive: true });
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, tell);
    };
  }, [watching, queries]);
}
