import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Pages<T> {
  /** What is loaded so far, in the order of the list; undefined before the first page. */
  items: T[] | undefined;
  /** Whether the list goes on behind what is loaded. */
  more: boolean;
  loadMore: () => void;
  isPending: boolean;
  isFetching: boolean;
  error: Error | null;
  refetch: () => void;
}

interface Options {
  enabled?: boolean;
  everyMs?: number | false;
}

/** A list of the server that is read page by page, as far as it is looked at. */
export function usePages<T>(
  key: QueryKey,
  read: (cursor: string) => Promise<Page<T>>,
  { enabled = true, everyMs = false }: Options = {},
): Pages<T> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: everyMs,
    enabled,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, isPending, isFetching, error, refetch } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  return {
    items,
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

const SETTLED_MS = 250;

/** What was typed, once the hand rests: not every letter is a question to the server. */
export function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(typed), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  return settled.trim();
}
