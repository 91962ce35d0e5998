import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { create } from 'zustand';
import type { Channel } from '@/api';
import { CHANNELS_KEY } from '@/lib/channels';
import { useAskEvery } from '@/lib/events';
import { nameChannels } from '@/lib/server';

/** What is known of channels that are, or were, on the screen: never of all of them. */
export const useKnownChannels = create<{ channels: ReadonlyMap<string, Channel> }>(() => ({ channels: new Map() }));

const EVERY_MS = 5_000;
/** One question names so many at most. */
const MOST = 100;

/** These channels with how they are doing, also for whoever reads `useKnownChannels`. */
export function useSomeChannels(ids: readonly string[]) {
  const wanted = useMemo(() => [...new Set(ids)].sort().slice(0, MOST), [ids]);
  const query = useQuery({
    // As `useChannelsOf`: the same question is asked once.
    queryKey: [...CHANNELS_KEY, 'of', ...wanted],
    queryFn: () => nameChannels(wanted),
    enabled: wanted.length > 0,
    refetchInterval: useAskEvery(EVERY_MS),
    placeholderData: keepPreviousData,
  });
  const { data } = query;
  useEffect(() => {
    if (!data) return;
    useKnownChannels.setState(({ channels }) => {
      const next = new Map(channels);
      for (const one of data) next.set(one.id, one);
      return { channels: next };
    });
  }, [data]);
  return query;
}
