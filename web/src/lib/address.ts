import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';

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
