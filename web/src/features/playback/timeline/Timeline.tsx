import type { TFunction } from 'i18next';
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePalette } from '@/components/Surface';
import { serverNowUs } from '@/lib/clock';
import { type Language, useLanguage } from '@/lib/i18n';
import { dateTimeOf, SECOND_US } from '@/lib/time';
import { at, between, panBy, type Scope, type Stretch, usOf, xOf, zoomAround } from './geometry';
import { Hover } from './Hover';
import { gapWords, notesAt, noteWords } from './notes';
import { paint, shareOf } from './paint';
import { type Fingers, grasp, pinched } from './pinch';
import { runAt } from './runs';
import styles from './Timeline.module.css';
import { TimelineTable } from './TimelineTable';
import type { Thumbnails } from './thumbnails';
import type { Note } from './useMoments';
import type { Recorded } from './useTimeline';

interface TimelineProps {
  scope: Scope;
  recorded: Recorded;
  notes: readonly Note[];
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
  const { scope, recorded, notes, cursorUs } = props;
  const { t } = useTranslation();
  const language = useLanguage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Pointed | null>(null);
  const [focused, setFocused] = useState(false);
  usePainting(canvas, props, hover?.x ?? null);
  useWheel(canvas, props);
  const pointer = usePointer(canvas, props, setHover);
  const width = canvas.current?.clientWidth ?? 1;
  const shown = hover ?? (focused ? { x: xOf(scope, width, cursorUs), y: 0 } : null);
  const pointedUs = hover ? usOf(scope, width, hover.x) : cursorUs;
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
        aria-valuetext={[dateTimeOf(cursorUs), ...wordsAt(props, width, t, language)].join('；')}
        aria-describedby="timeline-table"
        data-testid="timeline"
        data-start-us={scope.centreUs - scope.spanUs / 2}
        data-span-us={scope.spanUs}
        data-spans={recorded.spans.length}
        data-gaps={recorded.gaps.length}
        data-damage={recorded.damage.length}
        data-repeated={recorded.zones.length}
        data-notes={notes.length}
        data-pending={recorded.pending}
        onFocus={(event) => setFocused(event.currentTarget.matches(':focus-visible'))}
        onBlur={() => setFocused(false)}
        onKeyDown={(event) => keyed(event, props)}
        {...pointer}
      />
      {shown && shown.x >= 0 && shown.x <= width && (
        <Hover
          scope={scope}
          recorded={recorded}
          notes={notes}
          thumbnails={props.thumbnails}
          us={pointedUs}
          epoch={runAt(recorded.zones, pointedUs, shareOf(shown.y, canvas.current?.clientHeight ?? 1))}
          x={shown.x}
          width={width}
        />
      )}
      <TimelineTable recorded={recorded} notes={notes} scope={scope} onSeek={props.onSeek} />
    </div>
  );
}

/** What is at the cursor, for whoever hears the strip. */
function wordsAt(
  { recorded, notes, scope, cursorUs }: TimelineProps,
  width: number,
  t: TFunction,
  language: Language,
): string[] {
  const gap = at(recorded.gaps, cursorUs);
  const found = notesAt(notes, cursorUs, scope.spanUs / Math.max(1, width));
  return [
    ...(gap && !at(recorded.spans, cursorUs) ? [gapWords(gap, t, language)] : []),
    ...found.map((note) => noteWords(note, t, language)),
  ];
}

function usePainting(
  canvas: RefObject<HTMLCanvasElement | null>,
  { scope, recorded, notes, cursorUs, selection }: TimelineProps,
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
    const scene = { scope, ...recorded, notes, cursorUs, selection, nowUs: serverNowUs(), hoverX };
    const request = requestAnimationFrame(() => {
      if (!canvas.current) return;
      paint(canvas.current, scene, colours);
      noteDrawn(recorded);
    });
    return () => cancelAnimationFrame(request);
  }, [canvas, scope, recorded, notes, cursorUs, selection, hoverX, size, colours]);
}

let drawn: Recorded | null = null;

/** When an answer was on the canvas, for whoever measures how long that takes. */
function noteDrawn(recorded: Recorded): void {
  if (recorded === drawn || recorded.pending) return;
  drawn = recorded;
  performance.clearMarks('timeline-drawn');
  performance.mark('timeline-drawn');
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
  // Two fingers on a touchpad come as a wheel with Ctrl, in small steps.
  if (event.ctrlKey) return Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 60);
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
  /** Where each finger is, by its pointer. */
  const fingers = useRef(new Map<number, number>());
  const pinch = useRef<Fingers | null>(null);
  const widthOf = () => canvas.current?.clientWidth ?? 1;
  const dragged = (held: Grip, x: number) => {
    if (!held.selects) return onScope(() => panBy(held.scope, widthOf(), x - held.x));
    onSelect(between(usOf(held.scope, widthOf(), held.x), usOf(held.scope, widthOf(), x)));
  };
  const pinching = () => {
    const [first, second] = [...fingers.current.values()];
    if (!pinch.current || first === undefined || second === undefined) return;
    const next = pinched(pinch.current, widthOf(), first, second);
    if (next) onScope(() => next);
  };
  /** Whether two fingers were at work: lifting one is no click. */
  const lifted = (pointerId: number) => {
    fingers.current.delete(pointerId);
    const wasPinch = pinch.current !== null;
    if (fingers.current.size < 2) pinch.current = null;
    return wasPinch;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const { offsetX: x } = event.nativeEvent;
      canvas.current?.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, x);
      const [first, second] = [...fingers.current.values()];
      const two = first !== undefined && second !== undefined;
      pinch.current = two ? grasp(scope, widthOf(), first, second) : null;
      grip.current = two ? null : { x, scope, moved: false, selects: event.shiftKey };
    },
    onPointerMove: (event: PointerEvent) => {
      const { offsetX: x, offsetY: y } = event.nativeEvent;
      setHover({ x, y });
      if (fingers.current.has(event.pointerId)) fingers.current.set(event.pointerId, x);
      if (pinch.current) return pinching();
      const held = grip.current;
      if (!held) return;
      if (Math.abs(x - held.x) > CLICK_SLACK_PX) held.moved = true;
      if (held.moved) dragged(held, x);
    },
    onPointerUp: (event: PointerEvent) => {
      const held = grip.current;
      grip.current = null;
      if (lifted(event.pointerId) || !held || held.moved) return;
      const us = usOf(scope, widthOf(), event.nativeEvent.offsetX);
      const share = shareOf(event.nativeEvent.offsetY, canvas.current?.clientHeight ?? 1);
      onSeek(us, runAt(recorded.zones, us, share));
    },
    onPointerCancel: (event: PointerEvent) => {
      grip.current = null;
      lifted(event.pointerId);
    },
    onPointerLeave: () => setHover(null),
  };
}

function keyed(event: KeyboardEvent, props: TimelineProps): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { recorded, cursorUs, onScope, onSeek } = props;
  const moment = momentOfKey(event.key, recorded, cursorUs);
  const factor = ZOOM_KEYS.get(event.key);
  const pages = PAN_KEYS.get(event.key);
  if (moment !== null) onSeek(moment, null);
  else if (pages !== undefined) onScope((before) => panBy(before, 1, pages));
  else if (factor !== undefined) onScope((before) => zoomAround(before, cursorUs, factor));
  else return;
  event.preventDefault();
}

/** By how much of its width the strip goes. */
const PAN_KEYS = new Map([
  ['PageUp', 0.5],
  ['PageDown', -0.5],
]);

const ZOOM_KEYS = new Map([
  ['+', 1 / ZOOM_STEP],
  ['=', 1 / ZOOM_STEP],
  ['-', ZOOM_STEP],
]);

function momentOfKey(key: string, { spans, gaps }: Recorded, cursorUs: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return cursorUs - STEP_US;
    case 'ArrowRight':
      return cursorUs + STEP_US;
    case 'g':
      return gaps.find((gap) => gap.startUs > cursorUs)?.startUs ?? null;
    case 'G':
      return gaps.findLast((gap) => gap.endUs < cursorUs - SECOND_US)?.startUs ?? null;
    case 'Home':
      return spans[0]?.startUs ?? null;
    case 'End':
      return (spans.at(-1)?.endUs ?? cursorUs + STEP_US) - STEP_US;
    default:
      return null;
  }
}
