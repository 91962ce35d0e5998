import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { backoffMs } from '@/lib/backoff';
import { readStill } from '@/lib/server';
import { clockOf } from '@/lib/time';
import styles from './StillPicture.module.css';

interface StillProps {
  viewId: string;
  channelId: string;
  /** What the browser cannot decode. */
  codec: string;
  /** Its small stream, which it could decode perhaps, does not come. */
  subFailed?: boolean;
  width: number;
  /** Shown until there is a picture. */
  children: ReactNode;
}

interface Shown {
  url: string;
  atUs: number;
  everyS: number;
}

/** What a browser that cannot decode a stream shows instead: a still, renewed now and then, and called one. */
export function StillPicture({ viewId, channelId, codec, subFailed = false, width, children }: StillProps) {
  const { t } = useTranslation();
  const shown = useStill(viewId, channelId, width);
  if (!shown) return children;
  return (
    <figure className={styles.still} data-testid="still" data-at-us={shown.atUs}>
      <img src={shown.url} alt={t('still.alt', { time: clockOf(shown.atUs) })} />
      <figcaption className={`${styles.label} tabular`}>
        {t('still.why', { codec })} {subFailed && `${t('live.subFailed')} · `}
        {t('still.label', { seconds: shown.everyS })} · {clockOf(shown.atUs)}
      </figcaption>
    </figure>
  );
}

function useStill(viewId: string, channelId: string, width: number): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const over = new AbortController();
    let timer = 0;
    let failures = 0;
    let url = '';
    const show = (blob: Blob, atUs: number, everyS: number) => {
      URL.revokeObjectURL(url);
      url = URL.createObjectURL(blob);
      setShown({ url, atUs, everyS });
    };
    const ask = async () => {
      let pauseMs: number;
      try {
        const { blob, atUs, everyS } = await readStill(viewId, channelId, width, over.signal);
        if (over.signal.aborted) return;
        show(blob, atUs, everyS ?? 2);
        failures = 0;
        pauseMs = (everyS ?? 2) * 1000;
      } catch {
        // The time on the picture says how old it is.
        pauseMs = backoffMs(failures, Math.random()) + 1000;
        failures += 1;
      }
      if (!over.signal.aborted) timer = window.setTimeout(ask, pauseMs);
    };
    void ask();
    return () => {
      over.abort();
      window.clearTimeout(timer);
      URL.revokeObjectURL(url);
      setShown(null);
    };
  }, [viewId, channelId, width]);
  return shown;
}
