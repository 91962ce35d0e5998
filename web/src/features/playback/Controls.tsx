import {
  CaretRightOutlined,
  MinusOutlined,
  PauseOutlined,
  PlusOutlined,
  StepBackwardOutlined,
  StepForwardOutlined,
} from '@ant-design/icons';
import { Button, Segmented, Tooltip } from 'antd';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from '@/lib/time';
import styles from './Controls.module.css';
import { type Scope, zoomAround } from './timeline/geometry';
import { spanUnit } from './timeline/paint';
import type { Playback } from './useConductor';

interface ControlsProps {
  playback: Playback;
  enabled: boolean;
  reason: string | null;
  scope: Scope;
  cursorUs: number;
  onToggle: () => void;
  onSeek: (us: number) => void;
  onStep: (direction: 1 | -1) => void;
  onScope: (change: (before: Scope) => Scope) => void;
  /** What else can be done with the picture on the screen. */
  children?: ReactNode;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const STEP_US = 10 * SECOND_US;
const SPANS_US = [MINUTE_US, HOUR_US, DAY_US, 7 * DAY_US, 90 * DAY_US];

export function Controls(props: ControlsProps) {
  const { playback, enabled, reason, cursorUs, onToggle, onSeek, onStep } = props;
  const { t } = useTranslation();
  return (
    <div className={styles.controls}>
      <Button
        type="primary"
        disabled={!enabled}
        icon={playback.playing ? <PauseOutlined /> : <CaretRightOutlined />}
        onClick={onToggle}
        aria-keyshortcuts="Space"
        data-testid="toggle"
        data-playing={playback.playing}
      >
        {t(playback.playing ? 'playback.pause' : 'playback.play')}
      </Button>
      <Button disabled={!enabled} onClick={() => onSeek(cursorUs - STEP_US)}>
        {t('playback.back', { count: 10 })}
      </Button>
      <Tooltip title={t('playback.frameBack')}>
        <Button
          disabled={!enabled}
          icon={<StepBackwardOutlined />}
          aria-label={t('playback.frameBack')}
          aria-keyshortcuts=","
          onClick={() => onStep(-1)}
          data-testid="frame-back"
        />
      </Tooltip>
      <Tooltip title={t('playback.frameForward')}>
        <Button
          disabled={!enabled}
          icon={<StepForwardOutlined />}
          aria-label={t('playback.frameForward')}
          aria-keyshortcuts="."
          onClick={() => onStep(1)}
          data-testid="frame-forward"
        />
      </Tooltip>
      <Button disabled={!enabled} onClick={() => onSeek(cursorUs + STEP_US)}>
        {t('playback.forward', { count: 10 })}
      </Button>
      <Segmented
        size="small"
        data-testid="speed"
        data-speed={playback.speed}
        title={t('playback.speedHint')}
        aria-label={t('playback.speed')}
        value={playback.speed}
        onChange={playback.setSpeed}
        options={SPEEDS.map((speed) => ({ value: speed, label: t('playback.times', { speed }) }))}
      />
      {props.children}
      <span className={styles.reason} title={reason ?? ''}>
        {reason && t('playback.reason', { reason })}
      </span>
      <Zoom {...props} />
    </div>
  );
}

function Zoom({ scope, cursorUs, onScope }: ControlsProps) {
  const { t } = useTranslation();
  const [count, unit] = spanUnit(scope.spanUs);
  const zoom = (factor: number) => onScope((before) => zoomAround(before, cursorUs, factor));
  return (
    <span className={styles.zoom}>
      {SPANS_US.map((spanUs) => (
        <Button
          key={spanUs}
          className={styles.preset ?? ''}
          size="small"
          type="text"
          onClick={() => onScope(() => ({ centreUs: cursorUs, spanUs }))}
        >
          {spanWords(spanUs, t)}
        </Button>
      ))}
      <Tooltip title={t('timeline.zoomOut')}>
        <Button size="small" icon={<MinusOutlined />} aria-label={t('timeline.zoomOut')} onClick={() => zoom(2)} />
      </Tooltip>
      <span className={`${styles.span} tabular`} data-testid="zoom">
        {t(`duration.${unit}`, { count })}
      </span>
      <Tooltip title={t('timeline.zoomIn')}>
        <Button size="small" icon={<PlusOutlined />} aria-label={t('timeline.zoomIn')} onClick={() => zoom(0.5)} />
      </Tooltip>
    </span>
  );
}

function spanWords(spanUs: number, t: TFunction): string {
  const [count, unit] = spanUnit(spanUs);
  return t(`duration.${unit}`, { count });
}
