import { useCallback } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';

/**
 * Gives the page's own address another query. A page that somebody is leaving writes nothing any more: the next page
 * may still be on its way, and writing would call the reader back.
 */
export function useWriteQuery(): (search: string) => void {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  return useCallback(
    (search) => {
      if (window.location.pathname === pathname) navigate({ search }, { replace: true });
    },
    [navigate, pathname],
  );
}

/** What is asked stands in the address, so that it can be sent to somebody: parts that change, null for one that goes. */
export function useAddress(): [URLSearchParams, (parts: Readonly<Record<string, string | null>>) => void] {
  const [query] = useSearchParams();
  const write = useWriteQuery();
  const change = useCallback(
    (parts: Readonly<Record<string, string | null>>) => {
      const after = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(parts)) value ? after.set(name, value) : after.delete(name);
      write(after.toString());
    },
    [write],
  );
  return [query, change];
}
