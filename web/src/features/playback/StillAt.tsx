import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readThumbnail } from '@/lib/server';
import { clockOf } from '@/lib/time';
import styles from './StillAt.module.css';

interface StillProps {
  viewId: string;
  channelId: string;
  us: number;
  epoch: number | null;
  /** What the browser cannot decode. */
  codec: string;
  /** The frame that is shown now. */
  onShown: (us: number | null) => void;
  /** Shown while there is no picture. */
  children: ReactNode;
}

const WIDTH = 1280;
const SETTLE_MS = 150;

/** What a browser that cannot decode the footage shows of a moment: the key frame before it, and says so. */
export function StillAt({ viewId, channelId, us, epoch, codec, onShown, children }: StillProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<{ url: string; atUs: number } | null>(null);
  useEffect(() => {
    const over = new AbortController();
    let url = '';
    const read = async () => {
      try {
        const { blob, atUs } = await readThumbnail(viewId, channelId, { us, epoch, width: WIDTH }, over.signal);
        if (over.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setShown({ url, atUs });
      } catch {
        if (!over.signal.aborted) setShown(null);
      }
    };
    const timer = window.setTimeout(read, SETTLE_MS);
    return () => {
      over.abort();
      window.clearTimeout(timer);
      URL.revokeObjectURL(url);
      setShown(null);
    };
  }, [viewId, channelId, us, epoch]);
  const shownUs = shown?.atUs ?? null;
  useEffect(() => {
    onShown(shownUs);
    return () => onShown(null);
  }, [onShown, shownUs]);
  if (!shown) return children;
  return (
    <figure className={styles.still} data-testid="still" data-at-us={shown.atUs}>
      <img src={shown.url} alt={t('still.alt', { time: clockOf(shown.atUs) })} />
      <figcaption className={`${styles.label} tabular`}>
        {t('still.why', { codec })} {t('still.keyFrame', { time: clockOf(shown.atUs) })}
      </figcaption>
    </figure>
  );
}
