import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Basemap, MapCamera, MapHeap } from '@/api';
import { useTone } from '@/components/Surface';
import { useLanguage } from '@/lib/i18n';
import { PALETTES } from '@/lib/theme';
import type { Box, Point } from './geometry';
import { type Mark, markOfHeap, marksOf } from './heaps';
import { MapSheet } from './MapSheet';
import styles from './map.module.css';

interface Props {
  begin: Box;
  basemap: Basemap | null;
  cameras: readonly MapCamera[];
  heaps: readonly MapHeap[];
  selected: string | null;
  area: readonly Point[];
  drawing: boolean;
  /** Where to go next; another object goes there again. */
  target: { point: Point } | { box: Box } | null;
  onMoved: (seen: Box) => void;
  onPointed: (point: Point) => void;
  onChosen: (mark: Mark) => void;
}

/** The drawn map as a part of the page: what changes here is handed to it piece by piece. */
export default function Sheet(props: Props) {
  const { begin, basemap, cameras, heaps, selected, area, drawing, target } = props;
  const { t } = useTranslation();
  const tone = useTone();
  const language = useLanguage();
  const container = useRef<HTMLDivElement>(null);
  const sheet = useRef<MapSheet | null>(null);
  const heard = useRef(props);
  heard.current = props;
  const [zoom, setZoom] = useState(0);
  const look = useMemo(() => ({ palette: PALETTES[tone], basemap, language }), [tone, basemap, language]);
  const first = useRef({ begin, look, t });

  useEffect(() => {
    const { begin: box, look: worn, t: words } = first.current;
    const made = new MapSheet(
      container.current as HTMLDivElement,
      worn,
      box,
      {
        moved: (seen, now) => {
          setZoom(now);
          heard.current.onMoved(seen);
        },
        pointed: (point) => heard.current.onPointed(point),
        chosen: (mark) => heard.current.onChosen(mark),
      },
      {
        'Map.Title': words('map.sheet'),
        'NavigationControl.ZoomIn': words('map.zoomIn'),
        'NavigationControl.ZoomOut': words('map.zoomOut'),
      },
    );
    sheet.current = made;
    return () => {
      made.end();
      sheet.current = null;
    };
  }, []);

  const worn = useRef(look);
  useEffect(() => {
    if (worn.current !== look) sheet.current?.wear(look);
    worn.current = look;
  }, [look]);
  useEffect(() => sheet.current?.drawCameras(cameras), [cameras]);
  useEffect(() => sheet.current?.drawArea(area, drawing), [area, drawing]);
  useEffect(() => {
    if (target && 'point' in target) sheet.current?.goTo(target.point);
    else if (target) sheet.current?.show(target.box);
  }, [target]);
  const names = useMemo(() => new Map(cameras.map((camera) => [camera.id, camera.name])), [cameras]);
  const marks = useMemo(() => [...marksOf(cameras, zoom), ...heaps.map(markOfHeap)], [cameras, heaps, zoom]);
  useEffect(() => {
    const label = (mark: Mark) => {
      if (mark.cameras > 1) return t('map.markMany', { count: mark.cameras, offline: mark.offline });
      return `${names.get(mark.ids[0] ?? '') ?? ''} ${t(`channelState.${mark.state}`)}`;
    };
    sheet.current?.drawMarks(marks, selected, { label });
  }, [marks, selected, names, t]);

  return (
    <div ref={container} className={styles.canvas} data-tone={tone} data-drawing={drawing} data-testid="map-sheet" />
  );
}
