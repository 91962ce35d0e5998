import { EnvironmentOutlined, SearchOutlined } from '@ant-design/icons';
import { Alert, Button, Empty, Input, Select } from 'antd';
import { Suspense, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { MapCamera, MapExtent } from '@/api';
import { ChannelState } from '@/components/ChannelState';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { PageFailed } from '@/components/page/PageFailed';
import { useAddress } from '@/lib/address';
import { keep, kept } from '@/lib/drafts';
import { lazily } from '@/lib/lazily';
import { standing } from '@/lib/problem';
import { may, usePerson } from '@/lib/session';
import { AreaPanel } from './AreaPanel';
import { boxOfQuery, queryOfBox } from './address';
import { CameraCard } from './CameraCard';
import { CameraList } from './CameraList';
import { canDraw } from './canDraw';
import { askedBox, type Box, type Point } from './geometry';
import { type Mark, opensByZoom } from './heaps';
import styles from './map.module.css';
import { useBasemaps, useExtent, useMapView } from './queries';
import { type DrawnArea, useDrawnArea } from './useDrawnArea';

const Sheet = lazily(() => import('./Sheet'));

/** Yunnan, Guizhou and around: where an empty map begins. */
const NOWHERE_YET: Box = { west: 97, south: 21, east: 110, north: 30 };

/** Where the cameras are: the sheet at the left, the same as a list at the right. */
export default function MapPage() {
  const { t } = useTranslation();
  const extent = useExtent();
  const known = standing(extent);
  if (known) return <MapOf extent={known} />;
  return extent.error ? <PageFailed title={t('menu.map')} error={extent.error} /> : <Loading />;
}

type Target = { point: Point } | { box: Box } | null;

function MapOf({ extent }: { extent: MapExtent }) {
  const { t } = useTranslation();
  const [query, change] = useAddress();
  const [begin] = useState(() => boxOfQuery(query) ?? extent.box ?? NOWHERE_YET);
  const [seen, setSeen] = useState<Box>(begin);
  const [typed, setTyped] = useState('');
  const [target, setTarget] = useState<Target>(null);
  const [stack, setStack] = useState<readonly string[]>([]);
  const [drawable] = useState(canDraw);
  const area = useDrawnArea();
  const words = useDeferredValue(typed.trim());
  const view = useMapView(
    useMemo(() => askedBox(drawable ? seen : (extent.box ?? seen)), [drawable, seen, extent]),
    words,
  );
  const selected = query.get('camera');
  const cameras = view.data?.cameras ?? NONE;
  const heaps = view.data?.heaps ?? NO_HEAPS;
  const choose = (camera: MapCamera) => {
    change({ camera: camera.id });
    setTarget({ point: [camera.longitude, camera.latitude] });
  };
  const point = (mark: Mark) => {
    if (mark.cameras > 1 && opensByZoom(mark)) return setTarget({ box: mark.box });
    setStack(mark.cameras > 1 ? mark.ids : []);
    if (mark.ids[0] !== undefined) change({ camera: mark.ids[0] });
  };
  const total = view.data?.total ?? 0;
  const inSight = words ? t('map.found', { count: total }) : t('map.inView', { count: total });
  const listed = stack.length > 0 ? t('map.sameSpot', { count: stack.length }) : inSight;
  const caption = view.data ? listed : t('map.looking');
  return (
    <div className={styles.page}>
      <Head
        extent={extent}
        typed={typed}
        onTyped={setTyped}
        area={area}
        seen={seen}
        drawable={drawable}
        onAll={() => extent.box && setTarget({ box: extent.box })}
      />
      <div className={styles.sheet}>
        {drawable ? (
          <Suspense fallback={<Loading />}>
            <SheetWithBase
              begin={begin}
              cameras={cameras}
              heaps={heaps}
              selected={selected}
              area={area.corners}
              drawing={area.drawing}
              target={target}
              onMoved={(now) => {
                setSeen(now);
                change({ box: queryOfBox(now) });
              }}
              onPointed={(at) => (area.drawing ? area.add(at) : setStack([]))}
              onChosen={point}
            />
            <Legend />
          </Suspense>
        ) : (
          <Alert
            type="warning"
            showIcon
            title={t('map.noWebgl')}
            description={t('map.noWebglText')}
            data-testid="no-webgl"
          />
        )}
        {extent.placed === 0 && <Nothing />}
      </div>
      <aside className={styles.side} aria-label={t('map.list')}>
        <Selected id={selected} among={cameras} onClose={() => change({ camera: null })} />
        {view.error && <ProblemNote error={view.error} />}
        {area.corners.length >= 3 && !area.drawing ? (
          <AreaPanel corners={area.corners} selected={selected} onCamera={choose} onEnd={area.end} />
        ) : (
          <CameraList
            caption={caption}
            cameras={stack.length > 0 ? cameras.filter((camera) => stack.includes(camera.id)) : cameras}
            heaps={stack.length > 0 ? NO_HEAPS : heaps}
            selected={selected}
            onCamera={choose}
            onHeap={(heap) => setTarget({ box: heap.box })}
          />
        )}
      </aside>
    </div>
  );
}

const NONE: readonly MapCamera[] = [];
const NO_HEAPS: readonly [] = [];

interface HeadProps {
  extent: MapExtent;
  typed: string;
  onTyped: (words: string) => void;
  area: DrawnArea;
  seen: Box;
  drawable: boolean;
  onAll: () => void;
}

function Head({ extent, typed, onTyped, area, seen, drawable, onAll }: HeadProps) {
  const { t } = useTranslation();
  return (
    <header className={styles.head}>
      <h1>{t('map.title')}</h1>
      <span className={`${styles.summary} tabular`}>
        {t('map.summary', { placed: extent.placed, unplaced: extent.unplaced })}
      </span>
      <span className={styles.spring} />
      {drawable && (
        <>
          <Button onClick={onAll} disabled={!extent.box}>
            {t('map.all')}
          </Button>
          {area.drawing ? (
            <>
              <span className={styles.hint} role="status">
                {t('map.drawHint')}
              </span>
              <Button type="primary" disabled={area.corners.length < 3} onClick={area.close} data-testid="close-area">
                {t('map.areaDone')}
              </Button>
              <Button onClick={area.end}>{t('form.cancel')}</Button>
            </>
          ) : (
            <>
              <Button onClick={area.begin} data-testid="draw-area">
                {t('map.draw')}
              </Button>
              <Button onClick={() => area.take(seen)} data-testid="take-view">
                {t('map.takeView')}
              </Button>
            </>
          )}
        </>
      )}
      <Input
        className={styles.search ?? ''}
        allowClear
        prefix={<SearchOutlined />}
        placeholder={t('map.search')}
        aria-label={t('map.search')}
        value={typed}
        onChange={(event) => onTyped(event.target.value)}
      />
    </header>
  );
}

const KEPT = 'map.base';
const GRID = '';

/** The sheet over the site's map that was chosen last on this machine; the first one until somebody chose. */
function SheetWithBase(props: Omit<React.ComponentProps<typeof Sheet>, 'basemap'>) {
  const { t } = useTranslation();
  const basemaps = useBasemaps();
  const [chosen, setChosen] = useState(() => kept(KEPT));
  if (basemaps.isPending) return <Loading />;
  const maps = basemaps.data ?? [];
  const basemap = chosen === GRID ? null : (maps.find((one) => one.name === chosen) ?? maps[0] ?? null);
  return (
    <>
      <Sheet {...props} basemap={basemap} />
      {maps.length > 0 && (
        <Select
          className={styles.base ?? ''}
          size="small"
          value={basemap?.name ?? GRID}
          onChange={(name) => {
            keep(KEPT, name);
            setChosen(name);
          }}
          aria-label={t('map.base')}
          options={[
            { value: GRID, label: t('map.grid') },
            ...maps.map((one) => ({ value: one.name, label: one.name })),
          ]}
          data-testid="map-base"
        />
      )}
    </>
  );
}

const STATES = ['recording', 'standby', 'connecting', 'offline'] as const;

function Legend() {
  const { t } = useTranslation();
  return (
    <div className={styles.legend}>
      {STATES.map((state) => (
        <ChannelState key={state} state={state} />
      ))}
      <span className={styles.summary}>WGS-84</span>
      <span className={styles.summary}>{t('map.coneHint')}</span>
    </div>
  );
}

/** The chosen camera; it stays when the map moves away from it. */
function Selected({ id, among, onClose }: { id: string | null; among: readonly MapCamera[]; onClose: () => void }) {
  const [last, setLast] = useState<MapCamera | null>(null);
  const found = among.find((camera) => camera.id === id) ?? null;
  if (found && found !== last) setLast(found);
  const shown = found ?? (last?.id === id ? last : null);
  return shown && <CameraCard camera={shown} onClose={onClose} />;
}

function Nothing() {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'registry.manage');
  return (
    <div className={styles.nothing} data-testid="map-empty">
      <Empty image={<EnvironmentOutlined className={styles.pin ?? ''} />} description={t('map.nothing')}>
        {manages && (
          <Link to="/registry">
            <Button type="primary">{t('map.givePositions')}</Button>
          </Link>
        )}
      </Empty>
    </div>
  );
}
