import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '@/lib/clock';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { PALETTES } from '@/lib/theme';
import { dateTimeOf, SECOND_US } from '@/lib/time';
import { at, panBy, type Scope, usOf, zoomAround } from './geometry';
import { paint } from './paint';
import styles from './Timeline.module.css';
import { TimelineTable } from './TimelineTable';
import type { Recorded } from './useTimeline';

interface TimelineProps {
  scope: Scope;
  recorded: Recorded;
  cursorUs: number;
  /** A change and not a value: several notches of a wheel come between two renderings. */
  onScope: (change: (before: Scope) => Scope) => void;
  onSeek: (us: number) => void;
}

const CLICK_SLACK_PX = 4;
const STEP_US = 10 * SECOND_US;
const ZOOM_STEP = 1.6;

/** The strip of time: wheel zooms, dragging moves, a click goes there; the same by keyboard and as a table. */
export function Timeline(props: TimelineProps) {
  const { scope, recorded, cursorUs } = props;
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hoverX, setHoverX] = useState<number | null>(null);
  usePainting(canvas, props, hoverX);
  useWheel(canvas, props);
  const pointer = usePointer(canvas, props, setHoverX);
  return (
    <div className={styles.timeline}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        tabIndex={0}
        role="slider"
        aria-label={t('timeline.label')}
        aria-valuemin={0}
        aria-valuemax={Math.round(serverNowUs() / SECOND_US)}
        aria-valuenow={Math.round(cursorUs / SECOND_US)}
        aria-valuetext={dateTimeOf(cursorUs)}
        aria-describedby="timeline-table"
        data-testid="timeline"
        data-start-us={scope.centreUs - scope.spanUs / 2}
        data-span-us={scope.spanUs}
        data-spans={recorded.spans.length}
        data-gaps={recorded.gaps.length}
        onKeyDown={(event) => keyed(event, props)}
        {...pointer}
      />
      {hoverX !== null && <Hover {...props} x={hoverX} width={canvas.current?.clientWidth ?? 1} />}
      <TimelineTable recorded={recorded} scope={scope} onSeek={props.onSeek} />
    </div>
  );
}

function usePainting(
  canvas: RefObject<HTMLCanvasElement | null>,
  { scope, recorded, cursorUs }: TimelineProps,
  hoverX: number | null,
): void {
  const [size, setSize] = useState(0);
  useEffect(() => {
    if (!canvas.current) return;
    const watching = new ResizeObserver(([entry]) => setSize(entry?.contentRect.width ?? 0));
    watching.observe(canvas.current);
    return () => watching.disconnect();
  }, [canvas]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new size has to be painted too
  useEffect(() => {
    const { spans, gaps } = recorded;
    const scene = { scope, spans, gaps, cursorUs, nowUs: serverNowUs(), hoverX };
    const request = requestAnimationFrame(() => canvas.current && paint(canvas.current, scene, PALETTES.dark));
    return () => cancelAnimationFrame(request);
  }, [canvas, scope, recorded, cursorUs, hoverX, size]);
}

/** React listens to the wheel passively; the page must not scroll under a zoom. */
function useWheel(canvas: RefObject<HTMLCanvasElement | null>, props: TimelineProps): void {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const turned = (event: WheelEvent) => {
      event.preventDefault();
      const { deltaX, deltaY, offsetX } = event;
      const width = element.clientWidth;
      latest.current.onScope((before) =>
        Math.abs(deltaX) > Math.abs(deltaY)
          ? panBy(before, width, -deltaX)
          : zoomAround(before, usOf(before, width, offsetX), wheelFactor(event)),
      );
    };
    element.addEventListener('wheel', turned, { passive: false });
    return () => element.removeEventListener('wheel', turned);
  }, [canvas]);
}

/** A notch of a mouse is 100 pixels or 3 lines; a touchpad sends many small steps. */
function wheelFactor(event: WheelEvent): number {
  const notches = event.deltaY / (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 3 : 100);
  return ZOOM_STEP ** Math.max(-2, Math.min(2, notches));
}

function usePointer(
  canvas: RefObject<HTMLCanvasElement | null>,
  { scope, onScope, onSeek }: TimelineProps,
  setHoverX: (x: number | null) => void,
) {
  const grip = useRef<{ x: number; scope: Scope; moved: boolean } | null>(null);
  const widthOf = () => canvas.current?.clientWidth ?? 1;
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      canvas.current?.setPointerCapture(event.pointerId);
      grip.current = { x: event.nativeEvent.offsetX, scope, moved: false };
    },
    onPointerMove: (event: PointerEvent) => {
      const x = event.nativeEvent.offsetX;
      setHoverX(x);
      const held = grip.current;
      if (!held) return;
      if (Math.abs(x - held.x) > CLICK_SLACK_PX) held.moved = true;
      if (held.moved) onScope(() => panBy(held.scope, widthOf(), x - held.x));
    },
    onPointerUp: (event: PointerEvent) => {
      const held = grip.current;
      grip.current = null;
      if (held && !held.moved) onSeek(usOf(scope, widthOf(), event.nativeEvent.offsetX));
    },
    onPointerCancel: () => {
      grip.current = null;
    },
    onPointerLeave: () => setHoverX(null),
  };
}

function keyed(event: KeyboardEvent, props: TimelineProps): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { recorded, cursorUs, onScope, onSeek } = props;
  const moment = momentOfKey(event.key, recorded, cursorUs);
  const factor = ZOOM_KEYS.get(event.key);
  if (moment !== null) onSeek(moment);
  else if (factor !== undefined) onScope((before) => zoomAround(before, cursorUs, factor));
  else return;
  event.preventDefault();
}

const ZOOM_KEYS = new Map([
  ['+', 1 / ZOOM_STEP],
  ['=', 1 / ZOOM_STEP],
  ['-', ZOOM_STEP],
]);

function momentOfKey(key: string, { spans }: Recorded, cursorUs: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return cursorUs - STEP_US;
    case 'ArrowRight':
      return cursorUs + STEP_US;
    case 'Home':
      return spans[0]?.startUs ?? null;
    case 'End':
      return (spans.at(-1)?.endUs ?? cursorUs + STEP_US) - STEP_US;
    default:
      return null;
  }
}

function Hover({ scope, recorded, x, width }: TimelineProps & { x: number; width: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const us = usOf(scope, width, x);
  const gap = at(recorded.spans, us) ? null : at(recorded.gaps, us);
  const nothing = !gap && !at(recorded.spans, us);
  return (
    <div
      className={`${styles.hover} tabular`}
      style={{ left: Math.max(90, Math.min(width - 90, x)) }}
      data-testid="timeline-hover"
    >
      {dateTimeOf(us)}
      {gap && <span className={styles.cause}>{t('timeline.gap', { cause: inLanguage(gap, language) })}</span>}
      {nothing && us < serverNowUs() && <span className={styles.cause}>{t('timeline.nothing')}</span>}
    </div>
  );
}
