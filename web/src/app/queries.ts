import { QueryClient } from '@tanstack/react-query';
import { ConnectionLost } from '@/lib/problem';

const SLOWEST_RETRY_MS = 5_000;

/** A server that restarts is asked again until it is back; an answer, even a refusal, is an answer. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (_failures, error) => error instanceof ConnectionLost,
      // Spread, so that the pages of a duty room do not ask a restarted server in the same instant.
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, SLOWEST_RETRY_MS) * (0.75 + Math.random() / 2),
      networkMode: 'always',
      refetchOnWindowFocus: true,
      staleTime: 2_000,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
