import { useEffect, useState } from 'react';
import { backoffMs } from '@/lib/backoff';
import { closeView, openView, readStill } from '@/lib/server';

const WIDTH = 640;

export interface Preview {
  url: string | null;
  atUs: number;
  error: unknown;
}

const NOTHING: Preview = { url: null, atUs: 0, error: null };

/** Stills of one camera while `channelId` is one: a view is opened for them, as for any picture, and closed after. */
export function usePreview(channelId: string | null): Preview {
  const [preview, setPreview] = useState<Preview>(NOTHING);
  useEffect(() => {
    if (channelId === null) return;
    const over = new AbortController();
    const url = { held: '' };
    let viewId = '';
    const leave = () => {
      if (viewId) closeView(viewId);
      viewId = '';
    };
    const open = async () => {
      const view = await openView('live', [channelId]);
      viewId = view.id;
      if (over.signal.aborted) leave();
    };
    const look = async () => {
      const { blob, atUs, everyS } = await readStill(viewId, channelId, WIDTH, over.signal);
      if (over.signal.aborted) return 0;
      URL.revokeObjectURL(url.held);
      url.held = URL.createObjectURL(blob);
      setPreview({ url: url.held, atUs, error: null });
      return (everyS ?? 2) * 1000;
    };
    const run = async () => {
      for (let failures = 0; !over.signal.aborted; ) {
        try {
          if (!viewId) await open();
          await pause(await look(), over.signal);
          failures = 0;
        } catch (error) {
          if (over.signal.aborted) return;
          setPreview((before) => ({ ...before, error }));
          await pause(backoffMs(failures, Math.random()) + 1000, over.signal);
          failures += 1;
        }
      }
    };
    void run();
    window.addEventListener('pagehide', leave);
    return () => {
      over.abort();
      leave();
      window.removeEventListener('pagehide', leave);
      URL.revokeObjectURL(url.held);
      setPreview(NOTHING);
    };
  }, [channelId]);
  return preview;
}

const pause = (ms: number, over: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    over.addEventListener('abort', () => {
      window.clearTimeout(timer);
      resolve();
    });
  });
