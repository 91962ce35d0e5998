import { useEffect, useState } from 'react';
import { readThumbnail } from '@/lib/server';
import { Thumbnails } from './thumbnails';

const WIDTH = 160;

/** Thumbnails of an open view; none before somebody has said why they look. They go with the view. */
export function useThumbnails(viewId: string | null, channelId: string | null): Thumbnails | null {
  const [thumbnails, setThumbnails] = useState<Thumbnails | null>(null);
  useEffect(() => {
    if (!viewId || !channelId) return;
    const made = new Thumbnails({
      read: (us, epoch, signal) => readThumbnail(viewId, channelId, { us, epoch, width: WIDTH }, signal),
      urls: URL,
    });
    setThumbnails(made);
    return () => {
      made.dispose();
      setThumbnails(null);
    };
  }, [viewId, channelId]);
  return thumbnails;
}
