import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditPage } from '@/api';

/** Pages of the log, one behind the other. */
export function useEntries(key: readonly unknown[], read: (before: number | null) => Promise<AuditPage>) {
  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
  });
  return {
    entries: pages.data?.pages.flatMap((page) => page.items) ?? [],
    error: pages.error,
    loading: pages.isFetching,
    more: pages.hasNextPage,
    onMore: () => void pages.fetchNextPage(),
  };
}
