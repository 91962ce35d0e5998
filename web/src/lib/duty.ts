import { useQuery } from '@tanstack/react-query';
import { useAskEvery } from '@/lib/events';
import { readDesk } from '@/lib/server';
import { may, usePerson } from '@/lib/session';

export const DUTY_KEY = ['duty'] as const;
const EVERY_MS = 15_000;
/** Shifts begin and tasks come due by the clock, of which the feed says nothing. */
const BY_CLOCK_MS = 60_000;

/** The duty desk of the person: on duty or not, what is to do, who is on duty where. */
export function useDesk() {
  const person = usePerson();
  return useQuery({
    queryKey: [...DUTY_KEY, 'desk'],
    queryFn: readDesk,
    refetchInterval: useAskEvery(EVERY_MS) || BY_CLOCK_MS,
    enabled: may(person, 'duty.read'),
  });
}

export const CATEGORIES = [
  'watch',
  'event',
  'suspicious',
  'equipment',
  'visitor',
  'retrieval',
  'instruction',
  'other',
] as const;
export type Category = (typeof CATEGORIES)[number];
