import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clockOf } from '@/lib/time';
import styles from './HoverPicture.module.css';
import type { Thumbnail, Thumbnails } from './thumbnails';

interface PictureProps {
  thumbnails: Thumbnails;
  us: number;
  epoch: number | null;
}

/** The picture of the moment under the pointer, with its own time: it is the key frame before that moment. */
export function HoverPicture({ thumbnails, us, epoch }: PictureProps) {
  const { t } = useTranslation();
  const [picture, setPicture] = useState<Thumbnail | null>(null);
  useEffect(() => thumbnails.listen(setPicture), [thumbnails]);
  useEffect(() => thumbnails.point(us, epoch), [thumbnails, us, epoch]);
  return (
    <span className={styles.frame} data-testid="thumbnail" data-at-us={picture?.atUs ?? ''}>
      {picture && <img src={picture.url} alt={t('timeline.thumbnail', { time: clockOf(picture.atUs) })} />}
      {picture && <time className={`${styles.time} tabular`}>{clockOf(picture.atUs)}</time>}
    </span>
  );
}
