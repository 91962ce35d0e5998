import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Channel } from '@/api';
import { useAskEvery } from '@/lib/events';
import { type Pages, usePages } from '@/lib/pages';
import { findChannels, nameChannels, readChannel, summariseChannels } from '@/lib/server';

export const CHANNELS_KEY = ['channels'] as const;
const EVERY_MS = 5_000;
const ASKED_AT_ONCE = 100;

/** Channels in use by name as it sounds, as far as they are looked at; with words those that hold every one of them. */
export const useChannelPages = (words = '', enabled = true): Pages<Channel> =>
  usePages([...CHANNELS_KEY, 'pages', words], (cursor) => findChannels(words, cursor), {
    enabled,
    everyMs: useAskEvery(EVERY_MS),
  });

/** These channels by their ids, in use or not; those that one does not reach are missing. */
export function useChannelsOf(ids: readonly (string | null)[], enabled = true): ReadonlyMap<string, Channel> {
  const wanted = [...new Set(ids.filter((id) => id !== null))].sort();
  const found = useQuery({
    queryKey: [...CHANNELS_KEY, 'of', ...wanted],
    queryFn: async () => {
      const parts = [];
      for (let from = 0; from < wanted.length; from += ASKED_AT_ONCE)
        parts.push(nameChannels(wanted.slice(from, from + ASKED_AT_ONCE)));
      return (await Promise.all(parts)).flat();
    },
    placeholderData: keepPreviousData,
    refetchInterval: useAskEvery(EVERY_MS),
    enabled: enabled && wanted.length > 0,
  });
  return useMemo(() => new Map((found.data ?? []).map((one) => [one.id, one])), [found.data]);
}

export const useChannel = (id: string | null) =>
  useQuery({
    queryKey: [...CHANNELS_KEY, 'one', id],
    queryFn: () => readChannel(id ?? ''),
    refetchInterval: useAskEvery(EVERY_MS),
    enabled: id !== null,
  });

/** How many there are, and how many of them are in which state. */
export const useChannelSummary = (enabled = true) =>
  useQuery({
    queryKey: [...CHANNELS_KEY, 'summary'],
    queryFn: summariseChannels,
    refetchInterval: useAskEvery(EVERY_MS),
    enabled,
  });

/** The first page of channels: for pages that begin with whatever there is. */
export const useChannels = (enabled = true) =>
  useQuery({
    queryKey: [...CHANNELS_KEY, 'first'],
    queryFn: async () => (await findChannels('', '')).items,
    refetchInterval: useAskEvery(EVERY_MS),
    enabled,
  });
