import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Clip } from '@/api';
import { useAskEvery } from '@/lib/events';
import { usePages } from '@/lib/pages';
import { deleteClip, listClips } from '@/lib/server';

export const CLIPS_KEY = ['clips'] as const;
const MAKING_EVERY_MS = 1_000;
const RESTING_EVERY_MS = 15_000;

export const isMaking = (clip: Clip): boolean => clip.state === 'waiting' || clip.state === 'running';

/** One's own copies; without the feed asked for often while one of them is being made. */
export const useClips = () => {
  const restingMs = useAskEvery(RESTING_EVERY_MS);
  return usePages([...CLIPS_KEY], listClips, {
    everyMs: (clips) => restingMs && (clips.some(isMaking) ? MAKING_EVERY_MS : restingMs),
  });
};

export function useDeleteClip() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: deleteClip,
    onSettled: () => queries.invalidateQueries({ queryKey: CLIPS_KEY }),
  });
}
