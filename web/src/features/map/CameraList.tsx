import { useTranslation } from 'react-i18next';
import type { MapCamera, MapHeap } from '@/api';
import { ChannelState } from '@/components/ChannelState';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './map.module.css';

interface Props {
  caption: string;
  cameras: readonly MapCamera[];
  heaps: readonly MapHeap[];
  selected: string | null;
  onCamera: (camera: MapCamera) => void;
  onHeap: (heap: MapHeap) => void;
}

/** The same as on the sheet, to read and to reach by keyboard: choosing here chooses there. */
export function CameraList({ caption, cameras, heaps, selected, onCamera, onHeap }: Props) {
  const { t } = useTranslation();
  return (
    <div className={styles.list} data-testid="map-list">
      <table>
        <caption>{caption}</caption>
        <thead className="unseen">
          <tr>
            <th>{t('map.camera')}</th>
            <th>{t('map.state')}</th>
          </tr>
        </thead>
        <tbody>
          {cameras.map((camera) => (
            <CameraRow key={camera.id} camera={camera} selected={camera.id === selected} onCamera={onCamera} />
          ))}
          {heaps.map((heap) => (
            <HeapRow key={`${heap.box.west}:${heap.box.south}`} heap={heap} onHeap={onHeap} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CameraRow({ camera, selected, onCamera }: { camera: MapCamera; selected: boolean } & Pick<Props, 'onCamera'>) {
  return (
    <tr aria-selected={selected}>
      <td>
        <button type="button" className={styles.row} onClick={() => onCamera(camera)} aria-pressed={selected}>
          {camera.name}
          <span className={styles.where}>
            {camera.place} · {camera.spot}
          </span>
        </button>
      </td>
      <td>
        <ChannelState state={camera.state} />
      </td>
    </tr>
  );
}

function HeapRow({ heap, onHeap }: { heap: MapHeap } & Pick<Props, 'onHeap'>) {
  const { t } = useTranslation();
  const language = useLanguage();
  const region = inLanguage({ zh: heap.region_zh, en: heap.region_en }, language) || t('map.severalRegions');
  return (
    <tr>
      <td>
        <button type="button" className={styles.row} onClick={() => onHeap(heap)}>
          {t('map.heap', { count: heap.cameras })}
          <span className={styles.where}>{region}</span>
        </button>
      </td>
      <td className="tabular">{heap.offline > 0 && t('map.heapOffline', { count: heap.offline })}</td>
    </tr>
  );
}
