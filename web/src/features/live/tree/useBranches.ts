import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { listEntries, openBranch } from '@/lib/server';
import { type Children, childrenOf, joined, type Known, placeOf } from './rows';

/** Channels of a place that are read at once; the rest when somebody scrolls to them. */
const PAGE = 200;

export interface Branches {
  known: Known;
  error: unknown;
  /** Read what is below a node, or the next page of it; nothing is asked twice. */
  read: (node: string) => void;
}

/** The parts of the tree that were opened. A hundred thousand channels are never asked for together. */
export function useBranches(): Branches {
  const queries = useQueryClient();
  const [known, setKnown] = useState<Known>(new Map());
  const [error, setError] = useState<unknown>(null);
  const asking = useRef(new Set<string>());
  const held = useRef(known);
  held.current = known;
  const read = useCallback(
    (node: string) => {
      const before = held.current.get(node);
      const cursor = before ? before.next : null;
      if ((before && cursor === null) || asking.current.has(node)) return;
      asking.current.add(node);
      queries
        .fetchQuery({
          queryKey: ['live', 'tree', node, cursor],
          queryFn: () => pageOf(node, cursor),
          staleTime: 60_000,
        })
        .then((page) => {
          setError(null);
          setKnown((now) => new Map(now).set(node, joined(before, page)));
        }, setError)
        .finally(() => asking.current.delete(node));
    },
    [queries],
  );
  return { known, error, read };
}

async function pageOf(node: string, cursor: string | null): Promise<Children> {
  const place = placeOf(node);
  return childrenOf(place ? await listEntries('', ['channel'], place, cursor, PAGE) : await openBranch(node, cursor));
}
