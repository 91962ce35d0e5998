import { useCallback, useEffect, useRef, useState } from 'react';
import { backoffMs } from '@/lib/backoff';
import { ServerProblem } from '@/lib/problem';
import { closeView, openView } from '@/lib/server';

export interface RecordedView {
  viewId: string | null;
  error: unknown;
  /** The server does not know this view any more: another one is opened, once. */
  reopen: (viewId: string | null) => void;
}

/** One view for a set of channels and one reason: open while both are there, closed when the page is left. */
export function useRecordedView(channelIds: readonly string[], reason: string | null): RecordedView {
  const [opened, setOpened] = useState<{ viewId: string; channels: string } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  /** Views that the server has closed: nothing is told of them. */
  const gone = useRef(new Set<string>());
  // The order of the tiles makes no other view.
  const channels = [...channelIds].sort().join(',');

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round opens another view for the same channels
  useEffect(() => {
    if (!channels || !reason) return;
    let left = false;
    let timer = 0;
    let viewId: string | null = null;
    const open = async (attempt: number) => {
      try {
        viewId = (await openView('playback', channels.split(','), reason)).id;
        if (left) closeView(viewId);
        else setOpened({ viewId, channels });
        setError(null);
      } catch (failure) {
        if (left) return;
        setError(failure);
        const passing = !(failure instanceof ServerProblem) || failure.status >= 500;
        if (passing) timer = window.setTimeout(() => open(attempt + 1), backoffMs(attempt, Math.random()));
      }
    };
    const leave = () => {
      if (viewId && !gone.current.has(viewId) && !left) closeView(viewId);
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
  }, [channels, reason, round]);

  const now = opened?.viewId ?? null;
  const current = useRef(now);
  current.current = now;
  const reopen = useCallback((viewId: string | null) => {
    if (viewId === null || viewId !== current.current || gone.current.has(viewId)) return;
    gone.current.add(viewId);
    setRound((before) => before + 1);
  }, []);

  // For one render after a change of channels the view of the others is still at hand.
  return { viewId: opened && opened.channels === channels ? opened.viewId : null, error, reopen };
}
