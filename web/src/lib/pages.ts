import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Pages<T, P extends Page<T> = Page<T>> {
  /** What is loaded so far, in the order of the list; undefined before the first page. */
  items: T[] | undefined;
  /** The first page, with what it says of the whole list. */
  first: P | undefined;
  /** Whether the list goes on behind what is loaded. */
  more: boolean;
  loadMore: () => void;
  isPending: boolean;
  isFetching: boolean;
  error: Error | null;
  refetch: () => void;
}

interface Options<T> {
  enabled?: boolean;
  /** How often what is loaded is asked for again; it may depend on that. */
  everyMs?: number | false | ((items: readonly T[]) => number | false);
}

/** A list of the server that is read page by page, as far as it is looked at. */
export function usePages<T, P extends Page<T>>(
  key: QueryKey,
  read: (cursor: string) => Promise<P & Page<T>>,
  { enabled = true, everyMs = false }: Options<T> = {},
): Pages<T, P> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      typeof everyMs === 'function' ? everyMs(state.data?.pages.flatMap((page) => page.items) ?? []) : everyMs,
    enabled,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, isPending, isFetching, error, refetch } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  return {
    items,
    first: data?.pages[0],
    more: hasNextPage,
    loadMore: () => hasNextPage && !isFetchingNextPage && void fetchNextPage(),
    isPending: isPending && enabled,
    isFetching,
    error,
    refetch: () => void refetch(),
  };
}

/** Pages of a table over a list that is read on when its end comes in sight. */
export function useTablePages<T>({ items, more, loadMore }: Pages<T>, pageSize: number) {
  const [wanted, setWanted] = useState(1);
  const loaded = items?.length ?? 0;
  const current = Math.min(wanted, Math.max(1, Math.ceil(loaded / pageSize)));
  useEffect(() => {
    if (more && (wanted + 1) * pageSize > loaded) loadMore();
  });
  return {
    current,
    pageSize,
    total: loaded,
    onChange: setWanted,
    hideOnSinglePage: true,
    showSizeChanger: false,
  };
}
