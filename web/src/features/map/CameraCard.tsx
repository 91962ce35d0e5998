import { CloseOutlined, EyeOutlined, HistoryOutlined, SettingOutlined, TableOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { MapCamera } from '@/api';
import { ChannelState } from '@/components/ChannelState';
import { Copyable } from '@/components/Copyable';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { may, usePerson } from '@/lib/session';
import { clockOf } from '@/lib/time';
import { positionText } from './geometry';
import styles from './map.module.css';
import { usePreview } from './usePreview';

interface Props {
  camera: MapCamera;
  onClose: () => void;
}

/** One camera: where it is, how it does, where it looks, and the ways on from here. */
export function CameraCard({ camera, onClose }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const region = inLanguage({ zh: camera.region_zh, en: camera.region_en }, language);
  const address = [region, camera.address].filter(Boolean).join(' ');
  return (
    <section className={styles.card} aria-label={camera.name} data-testid="map-card" data-camera={camera.id}>
      <div className={styles.cardHead}>
        <h2>{camera.name}</h2>
        <ChannelState state={camera.state} />
        <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('map.close')} onClick={onClose} />
      </div>
      <dl className={styles.facts}>
        <dt>{t('map.place')}</dt>
        <dd>
          {camera.place} · {camera.spot}
        </dd>
        <dt>{t('map.looks')}</dt>
        <dd>{useView(camera)}</dd>
      </dl>
      <Copyable value={`${address} (${positionText(camera.longitude, camera.latitude)})`} label={t('map.address')} />
      {!camera.own_position && <p className={styles.hint}>{t('map.ofPlace')}</p>}
      <Picture key={camera.id} camera={camera} />
      <Ways camera={camera} />
    </section>
  );
}

function useView({ direction, field, range_m }: MapCamera): string {
  const { t } = useTranslation();
  const parts = [
    direction !== null && t('map.direction', { degrees: Math.round(direction) }),
    field !== null && t('map.field', { degrees: Math.round(field) }),
    range_m !== null && t('map.range', { metres: Math.round(range_m) }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : t('map.viewUnsaid');
}

/** A picture is a view, and that is recorded: it is asked for. */
function Picture({ camera }: { camera: MapCamera }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const { url, atUs, error } = usePreview(wanted ? camera.id : null);
  if (!may(usePerson(), 'live.view') || camera.state === 'offline') return null;
  if (!wanted) {
    return (
      <Button icon={<EyeOutlined />} onClick={() => setWanted(true)} data-testid="map-preview">
        {t('map.preview')}
      </Button>
    );
  }
  return (
    <>
      <ProblemNote error={error} />
      <figure className={styles.preview} data-testid="map-still" data-shown={url !== null}>
        {url ? <img src={url} alt={t('map.still', { name: camera.name })} /> : t('map.previewComes')}
        {url && <figcaption className="tabular">{t('map.stillAt', { time: clockOf(atUs) })}</figcaption>}
      </figure>
    </>
  );
}

function Ways({ camera }: { camera: MapCamera }) {
  const { t } = useTranslation();
  const person = usePerson();
  return (
    <div className={styles.actions}>
      {may(person, 'live.view') && (
        <Link to={`/live?layout=1&channels=${camera.id}`}>
          <Button icon={<TableOutlined />}>{t('menu.live')}</Button>
        </Link>
      )}
      {may(person, 'recording.read') && (
        <Link to={`/playback?channel=${camera.id}`}>
          <Button icon={<HistoryOutlined />}>{t('menu.playback')}</Button>
        </Link>
      )}
      <Link to={`/cameras?camera=${camera.id}`}>
        <Button icon={<SettingOutlined />}>{t('map.settings')}</Button>
      </Link>
    </div>
  );
}
