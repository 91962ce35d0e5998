import { useCallback, useEffect, useRef, useState } from 'react';
import { backoffMs } from '@/lib/backoff';
import { ServerProblem } from '@/lib/problem';
import { closeView, openView } from '@/lib/server';

/** A change is followed at once, and those within this time after it become one view: filling a wall is not nine acts. */
const SETTLE_MS = 250;

interface Opened {
  viewId: string;
  channels: readonly string[];
}

export interface LiveView extends Opened {
  error: unknown;
  /** The server does not know the view any more: open another. */
  reopen: () => void;
}

/**
 * The view that covers `channels` (an entry in the audit log when it opens and one when it closes).
 * Another set of channels opens a new view first and closes the old one after, so that pictures stay.
 * A view that covers more than is shown is not kept: the log must say what was on the screen.
 */
export function useView(channels: readonly string[], active: boolean): LiveView {
  const [opened, setOpened] = useState<Opened>({ viewId: '', channels: [] });
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const current = useRef<string>('');
  const opening = useRef(false);
  const changed = useRef(Number.NEGATIVE_INFINITY);
  const wanted = active ? [...channels].sort().join(',') : '';

  const replace = useCallback((next: Opened) => {
    if (current.current) closeView(current.current);
    current.current = next.viewId;
    setOpened(next);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again for the same channels
  useEffect(() => {
    let abandoned = false;
    let timer = 0;
    const ids = wanted ? wanted.split(',') : [];
    const open = async (attempt: number) => {
      try {
        const view = await openView('live', ids);
        if (abandoned) closeView(view.id);
        else {
          opening.current = false;
          setError(null);
          replace({ viewId: view.id, channels: ids });
        }
      } catch (failure) {
        if (abandoned) return;
        setError(failure);
        const passing = !(failure instanceof ServerProblem) || failure.status >= 500;
        if (passing) timer = window.setTimeout(() => open(attempt + 1), backoffMs(attempt, Math.random()));
      }
    };
    opening.current = ids.length > 0;
    const quietMs = performance.now() - changed.current;
    changed.current = performance.now();
    if (opening.current) timer = window.setTimeout(() => open(0), quietMs > SETTLE_MS ? 0 : SETTLE_MS);
    else replace({ viewId: '', channels: [] });
    return () => {
      abandoned = true;
      window.clearTimeout(timer);
    };
  }, [wanted, round, replace]);

  useCloseOnLeave(current);

  const reopen = useCallback(() => {
    // Several tiles may find out at once, and what is gone need not be closed.
    if (opening.current) return;
    opening.current = true;
    current.current = '';
    setRound((before) => before + 1);
  }, []);

  return { ...opened, error, reopen };
}

function useCloseOnLeave(current: { current: string }): void {
  useEffect(() => {
    const leave = () => {
      if (current.current) closeView(current.current);
      current.current = '';
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [current]);
}
