import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Person } from '@/api';
import { startFeed, useFeed } from '@/lib/events';
import { sessionIsOver } from '@/lib/server';

/** One feed for each page and person; what it hears goes into the cache that all pages read. */
export function useFeedOfPage(person: Person): void {
  const queries = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each person, not for each answer about them
  useEffect(() => startFeed(queries, sessionIsOver), [person.id, queries]);
  const up = useFeed((feed) => feed.up);
  useEffect(() => {
    document.documentElement.dataset.feed = up ? 'up' : 'down';
  }, [up]);
}
