import { HistoryOutlined, TableOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { MapCamera } from '@/api';
import { Loading } from '@/components/Loading';
import { standing } from '@/lib/problem';
import { may, usePerson } from '@/lib/session';
import { MOST_IN_STEP, MOST_ON_WALL, stepAddress, wallAddress } from './address';
import { CameraList } from './CameraList';
import { boxAround, isInside, type Point } from './geometry';
import styles from './map.module.css';
import { ONE_BY_ONE, useAreaView } from './queries';

interface Props {
  corners: readonly Point[];
  selected: string | null;
  onCamera: (camera: MapCamera) => void;
  onEnd: () => void;
}

/** The cameras inside an area that was drawn, and what can be done with all of them. */
export function AreaPanel({ corners, selected, onCamera, onEnd }: Props) {
  const { t } = useTranslation();
  const found = useAreaView(useMemo(() => boxAround(corners), [corners]));
  const known = standing(found);
  const inside = useMemo(
    () => (known?.cameras ?? []).filter(({ longitude, latitude }) => isInside([longitude, latitude], corners)),
    [known, corners],
  );
  if (!known) return <Loading error={found.error} />;
  const tooMany = known.heaps.length > 0;
  return (
    <>
      <div className={styles.actions} data-testid="map-area" data-cameras={tooMany ? '' : inside.length}>
        {tooMany && <p className={styles.hint}>{t('map.areaTooMany', { total: known.total, most: ONE_BY_ONE })}</p>}
        {!tooMany && inside.length > 0 && <Ways ids={inside.map((camera) => camera.id)} />}
        <Button onClick={onEnd}>{t('map.areaEnd')}</Button>
      </div>
      {!tooMany && (
        <CameraList
          caption={t('map.inArea', { count: inside.length })}
          cameras={inside}
          heaps={[]}
          selected={selected}
          onCamera={onCamera}
          onHeap={() => {}}
        />
      )}
    </>
  );
}

function Ways({ ids }: { ids: string[] }) {
  const { t } = useTranslation();
  const person = usePerson();
  return (
    <>
      {may(person, 'live.view') && (
        <Link to={wallAddress(ids)} data-testid="map-wall">
          <Button type="primary" icon={<TableOutlined />}>
            {t('map.asWall', { count: Math.min(ids.length, MOST_ON_WALL) })}
          </Button>
        </Link>
      )}
      {may(person, 'recording.read') && (
        <Link to={stepAddress(ids)} data-testid="map-step">
          <Button icon={<HistoryOutlined />}>{t('map.inStep', { count: Math.min(ids.length, MOST_IN_STEP) })}</Button>
        </Link>
      )}
    </>
  );
}
