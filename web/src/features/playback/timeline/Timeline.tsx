import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePalette } from '@/components/Surface';
import { serverNowUs } from '@/lib/clock';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf, SECOND_US } from '@/lib/time';
import { at, between, panBy, type Scope, type Stretch, usOf, zoomAround } from './geometry';
import { HoverPicture } from './HoverPicture';
import { paint, shareOf } from './paint';
import { repeatedAt, runAt } from './runs';
import styles from './Timeline.module.css';
import { TimelineTable } from './TimelineTable';
import { snap, stepOf, type Thumbnails } from './thumbnails';
import type { Recorded } from './useTimeline';

interface TimelineProps {
  scope: Scope;
  recorded: Recorded;
  cursorUs: number;
  selection: Stretch | null;
  /** A change and not a value: several notches of a wheel come between two renderings. */
  onScope: (change: (before: Scope) => Scope) => void;
  /** `epoch`: the run of the server's clock that was pointed at; null where there is no choice. */
  onSeek: (us: number, epoch: number | null) => void;
  onSelect: (selection: Stretch) => void;
  /** Pictures under the pointer; null while no view is open. */
  thumbnails: Thumbnails | null;
}

interface Pointed {
  x: number;
  y: number;
}

const CLICK_SLACK_PX = 4;
const STEP_US = 10 * SECOND_US;
const ZOOM_STEP = 1.6;

/** The strip of time: wheel zooms, dragging moves, with Shift it selects, a click goes there; by keyboard and as a table too. */
export function Timeline(props: TimelineProps) {
  const { scope, recorded, cursorUs } = props;
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Pointed | null>(null);
  usePainting(canvas, props, hover?.x ?? null);
  useWheel(canvas, props);
  const pointer = usePointer(canvas, props, setHover);
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
        data-damage={recorded.damage.length}
        data-repeated={recorded.zones.length}
        onKeyDown={(event) => keyed(event, props)}
        {...pointer}
      />
      {hover && <Hover {...props} pointed={hover} canvas={canvas.current} />}
      <TimelineTable recorded={recorded} scope={scope} onSeek={props.onSeek} />
    </div>
  );
}

function usePainting(
  canvas: RefObject<HTMLCanvasElement | null>,
  { scope, recorded, cursorUs, selection }: TimelineProps,
  hoverX: number | null,
): void {
  const [size, setSize] = useState(0);
  const colours = usePalette();
  useEffect(() => {
    if (!canvas.current) return;
    const watching = new ResizeObserver(([entry]) => setSize(entry?.contentRect.width ?? 0));
    watching.observe(canvas.current);
    return () => watching.disconnect();
  }, [canvas]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new size has to be painted too
  useEffect(() => {
    const scene = { scope, ...recorded, cursorUs, selection, nowUs: serverNowUs(), hoverX };
    const request = requestAnimationFrame(() => canvas.current && paint(canvas.current, scene, colours));
    return () => cancelAnimationFrame(request);
  }, [canvas, scope, recorded, cursorUs, selection, hoverX, size, colours]);
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

interface Grip {
  x: number;
  scope: Scope;
  moved: boolean;
  selects: boolean;
}

function usePointer(
  canvas: RefObject<HTMLCanvasElement | null>,
  { scope, recorded, onScope, onSeek, onSelect }: TimelineProps,
  setHover: (pointed: Pointed | null) => void,
) {
  const grip = useRef<Grip | null>(null);
  const widthOf = () => canvas.current?.clientWidth ?? 1;
  const dragged = (held: Grip, x: number) => {
    if (!held.selects) return onScope(() => panBy(held.scope, widthOf(), x - held.x));
    onSelect(between(usOf(held.scope, widthOf(), held.x), usOf(held.scope, widthOf(), x)));
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      canvas.current?.setPointerCapture(event.pointerId);
      grip.current = { x: event.nativeEvent.offsetX, scope, moved: false, selects: event.shiftKey };
    },
    onPointerMove: (event: PointerEvent) => {
      const { offsetX: x, offsetY: y } = event.nativeEvent;
      setHover({ x, y });
      const held = grip.current;
      if (!held) return;
      if (Math.abs(x - held.x) > CLICK_SLACK_PX) held.moved = true;
      if (held.moved) dragged(held, x);
    },
    onPointerUp: (event: PointerEvent) => {
      const held = grip.current;
      grip.current = null;
      if (!held || held.moved) return;
      const us = usOf(scope, widthOf(), event.nativeEvent.offsetX);
      const share = shareOf(event.nativeEvent.offsetY, canvas.current?.clientHeight ?? 1);
      onSeek(us, runAt(recorded.zones, us, share));
    },
    onPointerCancel: () => {
      grip.current = null;
    },
    onPointerLeave: () => setHover(null),
  };
}

function keyed(event: KeyboardEvent, props: TimelineProps): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { recorded, cursorUs, onScope, onSeek } = props;
  const moment = momentOfKey(event.key, recorded, cursorUs);
  const factor = ZOOM_KEYS.get(event.key);
  if (moment !== null) onSeek(moment, null);
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

interface HoverProps extends TimelineProps {
  pointed: Pointed;
  canvas: HTMLCanvasElement | null;
}

function Hover({ scope, recorded, pointed, canvas, thumbnails }: HoverProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const width = canvas?.clientWidth ?? 1;
  const us = usOf(scope, width, pointed.x);
  const zone = repeatedAt(recorded.zones, us);
  const epoch = runAt(recorded.zones, us, shareOf(pointed.y, canvas?.clientHeight ?? 1));
  const here = <T extends { epoch: number }>(all: readonly T[]) =>
    epoch === null ? all : all.filter((one) => one.epoch === epoch);
  const span = at(here(recorded.spans), us);
  const damage = at(here(recorded.damage), us);
  const gap = span ? null : at(here(recorded.gaps), us);
  return (
    <div
      className={`${styles.hover} tabular`}
      style={{ left: Math.max(110, Math.min(width - 110, pointed.x)) }}
      data-testid="timeline-hover"
    >
      {thumbnails && span && (
        <HoverPicture thumbnails={thumbnails} us={snap(us, stepOf(scope.spanUs, width), span.startUs)} epoch={epoch} />
      )}
      {dateTimeOf(us)}
      {zone && epoch !== null && (
        <span className={styles.run}>
          {t('timeline.run', { number: zone.epochs.indexOf(epoch) + 1, total: zone.epochs.length })}
        </span>
      )}
      {damage && <span className={styles.cause}>{t('timeline.damage', { kind: inLanguage(damage, language) })}</span>}
      {gap && <span className={styles.cause}>{t('timeline.gap', { cause: inLanguage(gap, language) })}</span>}
      {!gap && !span && us < serverNowUs() && <span className={styles.cause}>{t('timeline.nothing')}</span>}
    </div>
  );
}
