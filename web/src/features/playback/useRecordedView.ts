import { useCallback, useEffect, useRef, useState } from 'react';
import { backoffMs } from '@/lib/backoff';
import { ServerProblem } from '@/lib/problem';
import { closeView, openView } from '@/lib/server';

export interface RecordedView {
  viewId: string | null;
  error: unknown;
  reopen: () => void;
}

/** One view for one channel and one reason: open while both are there, closed when the page is left. */
export function useRecordedView(channelId: string | null, reason: string | null): RecordedView {
  const [viewId, setViewId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const gone = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round opens another view for the same channel
  useEffect(() => {
    if (!channelId || !reason) return;
    let left = false;
    let timer = 0;
    let opened: string | null = null;
    const open = async (attempt: number) => {
      try {
        opened = (await openView('playback', [channelId], reason)).id;
        gone.current = false;
        if (left) closeView(opened);
        else setViewId(opened);
        setError(null);
      } catch (failure) {
        if (left) return;
        setError(failure);
        const passing = !(failure instanceof ServerProblem) || failure.status >= 500;
        if (passing) timer = window.setTimeout(() => open(attempt + 1), backoffMs(attempt, Math.random()));
      }
    };
    const leave = () => {
      if (opened && !gone.current && !left) closeView(opened);
      left = true;
      window.clearTimeout(timer);
    };
    open(0);
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
      setViewId(null);
    };
  }, [channelId, reason, round]);

  const reopen = useCallback(() => {
    if (gone.current) return;
    gone.current = true;
    setRound((before) => before + 1);
  }, []);

  return { viewId, error, reopen };
}
