import { useQuery } from '@tanstack/react-query';
import type { Channel } from '@/api';
import { listChannels } from '@/lib/server';

export const CHANNELS_KEY = ['channels'] as const;

export const useChannels = (enabled = true) =>
  useQuery({ queryKey: CHANNELS_KEY, queryFn: listChannels, refetchInterval: 5_000, enabled });

/** Channels whose name, place, spot or address holds every word of the search. */
export function searchChannels(channels: readonly Channel[], search: string): Channel[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return channels.filter((channel) => {
    const text = [channel.name, channel.place.name, channel.place.address, channel.spot.name, channel.device.address]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
