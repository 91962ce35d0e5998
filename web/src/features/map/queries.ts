import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useAskEvery } from '@/lib/events';
import { listBasemaps, mapCameras, mapExtent } from '@/lib/server';
import type { Box } from './geometry';

const EVERY_MS = 10_000;
/** As many as are told one by one; above this the server tells heaps. */
export const ONE_BY_ONE = 500;
const WORLD: Box = { west: -180, south: -90, east: 180, north: 90 };

export const useExtent = () => useQuery({ queryKey: ['map', 'extent'], queryFn: mapExtent, staleTime: 60_000 });

export const useBasemaps = () =>
  useQuery({ queryKey: ['map', 'basemaps'], queryFn: listBasemaps, staleTime: Number.POSITIVE_INFINITY });

/** What lies in a box, or what words find anywhere. */
export function useMapView(box: Box | null, words: string) {
  const asked = words ? WORLD : box;
  return useQuery({
    queryKey: ['map', 'cameras', asked, words],
    queryFn: ({ signal }) => mapCameras({ ...(asked as Box), q: words, limit: ONE_BY_ONE }, signal),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    refetchInterval: useAskEvery(EVERY_MS),
  });
}

/** Everything in the box around an area. */
export const useAreaView = (box: Box | null) =>
  useQuery({
    queryKey: ['map', 'cameras', 'area', box],
    queryFn: ({ signal }) => mapCameras({ ...(box as Box), limit: ONE_BY_ONE }, signal),
    enabled: box !== null,
    refetchInterval: useAskEvery(EVERY_MS),
  });
