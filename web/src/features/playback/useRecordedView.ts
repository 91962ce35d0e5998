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
  const [opened, setOpened] = useState<{ viewId: string; channelId: string } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const gone = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round opens another view for the same channel
  useEffect(() => {
    if (!channelId || !reason) return;
    let left = false;
    let timer = 0;
    let viewId: string | null = null;
    const open = async (attempt: number) => {
      try {
        viewId = (await openView('playback', [channelId], reason)).id;
        gone.current = false;
        if (left) closeView(viewId);
        else setOpened({ viewId, channelId });
        setError(null);
      } catch (failure) {
        if (left) return;
        setError(failure);
        const passing = !(failure instanceof ServerProblem) || failure.status >= 500;
        if (passing) timer = window.setTimeout(() => open(attempt + 1), backoffMs(attempt, Math.random()));
      }
    };
    const leave = () => {
      if (viewId && !gone.current && !left) closeView(viewId);
      left = true;
      window.clearTimeout(timer);
    };
    open(0);
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
      setOpened(null);
    };
  }, [channelId, reason, round]);

  const reopen = useCallback(() => {
    if (gone.current) return;
    gone.current = true;
    setRound((before) => before + 1);
  }, []);

  // For one render after a change of channel the view of the other channel is still at hand.
  return { viewId: opened && opened.channelId === channelId ? opened.viewId : null, error, reopen };
}
