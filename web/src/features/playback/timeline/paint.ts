import type { Palette } from '@/lib/theme';
import { FONT } from '@/lib/theme';
import { clockOf, DAY_US, dateOf, HOUR_US, MINUTE_US, SECOND_US, startOfDay } from '@/lib/time';
import { bars, type Gap, type Scope, tickStep, ticks, xOf } from './geometry';
import type { Span } from './useTimeline';

export interface Scene {
  scope: Scope;
  spans: readonly Span[];
  gaps: readonly Gap[];
  cursorUs: number;
  nowUs: number;
  hoverX: number | null;
}

const RULER_PX = 24;
const LANE_TOP = 32;
const LANE_BOTTOM = 14;

/** Draw the whole strip: ruler, recordings, gaps, the future, now and the cursor. */
export function paint(canvas: HTMLCanvasElement, scene: Scene, colours: Palette): void {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const lane = { top: LANE_TOP, height: height - LANE_TOP - LANE_BOTTOM };
  paintRuler(pen, scene, width, height, colours);
  paintLane(pen, scene, width, lane, colours);
  paintNow(pen, scene, width, height, colours);
  paintHover(pen, scene, height, colours);
  paintCursor(pen, xOf(scene.scope, width, scene.cursorUs), height, colours);
}

interface Lane {
  top: number;
  height: number;
}

function paintRuler(pen: CanvasRenderingContext2D, { scope }: Scene, width: number, height: number, c: Palette): void {
  const step = tickStep(scope, width);
  pen.font = `12px ${FONT}`;
  pen.textBaseline = 'middle';
  for (const us of ticks(scope, width)) {
    const x = Math.round(xOf(scope, width, us)) + 0.5;
    const midnight = us === startOfDay(us);
    pen.strokeStyle = c.line;
    pen.beginPath();
    pen.moveTo(x, RULER_PX);
    pen.lineTo(x, height);
    pen.stroke();
    pen.fillStyle = midnight ? c.accent : c.muted;
    const label = tickLabel(us, step);
    pen.fillText(label, x - pen.measureText(label).width / 2, RULER_PX / 2 + 1);
  }
}

export function tickLabel(us: number, step: number): string {
  if (us === startOfDay(us) || step >= DAY_US) return dateOf(us).slice(5);
  if (step >= MINUTE_US) return clockOf(us).slice(0, 5);
  return step >= SECOND_US ? clockOf(us) : `${clockOf(us)}.${Math.floor((us % SECOND_US) / 100_000)}`;
}

function paintLane(pen: CanvasRenderingContext2D, scene: Scene, width: number, lane: Lane, c: Palette): void {
  const { scope, spans, gaps } = scene;
  pen.fillStyle = c.raised;
  pen.fillRect(0, lane.top, Math.min(width, xOf(scope, width, scene.nowUs)), lane.height);
  for (const bar of bars(gaps, scope, width)) paintGap(pen, bar.x, bar.width, lane, c);
  pen.fillStyle = c.accentFill;
  for (const bar of bars(spans, scope, width)) pen.fillRect(bar.x, lane.top, bar.width, lane.height);
  paintEpochs(pen, spans, scope, width, lane, c);
}

/** Hatched: a gap is something known, not the absence of an answer. */
function paintGap(pen: CanvasRenderingContext2D, x: number, width: number, lane: Lane, c: Palette): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, lane.top, width, lane.height);
  pen.clip();
  pen.fillStyle = c.hover;
  pen.fillRect(x, lane.top, width, lane.height);
  pen.strokeStyle = c.bad;
  pen.globalAlpha = 0.75;
  pen.beginPath();
  // From a fixed grid, so that the hatching of neighbours meets and panning does not make it crawl.
  for (let at = x - lane.height - (x % 8); at < x + width; at += 8) {
    pen.moveTo(at, lane.top + lane.height);
    pen.lineTo(at + lane.height, lane.top);
  }
  pen.stroke();
  pen.restore();
}

/** Where the server's clock was set, the same hour may exist twice: such recordings carry a second line. */
function paintEpochs(
  pen: CanvasRenderingContext2D,
  spans: readonly Span[],
  scope: Scope,
  width: number,
  lane: Lane,
  c: Palette,
): void {
  const first = spans[0]?.epoch;
  pen.fillStyle = c.good;
  const others = spans.filter((span) => span.epoch !== first);
  for (const bar of bars(others, scope, width)) pen.fillRect(bar.x, lane.top + lane.height + 3, bar.width, 4);
}

function paintNow(
  pen: CanvasRenderingContext2D,
  { scope, nowUs }: Scene,
  width: number,
  height: number,
  c: Palette,
): void {
  const x = Math.round(xOf(scope, width, nowUs)) + 0.5;
  if (x < 0 || x > width) return;
  pen.strokeStyle = c.good;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.moveTo(x, RULER_PX);
  pen.lineTo(x, height);
  pen.stroke();
  pen.setLineDash([]);
}

function paintHover(pen: CanvasRenderingContext2D, { hoverX }: Scene, height: number, c: Palette): void {
  if (hoverX === null) return;
  pen.strokeStyle = c.muted;
  pen.beginPath();
  pen.moveTo(Math.round(hoverX) + 0.5, RULER_PX);
  pen.lineTo(Math.round(hoverX) + 0.5, height);
  pen.stroke();
}

function paintCursor(pen: CanvasRenderingContext2D, x: number, height: number, c: Palette): void {
  pen.fillStyle = c.text;
  pen.fillRect(Math.round(x) - 1, RULER_PX, 2, height - RULER_PX);
  pen.beginPath();
  pen.moveTo(x - 6, RULER_PX - 2);
  pen.lineTo(x + 6, RULER_PX - 2);
  pen.lineTo(x, RULER_PX + 6);
  pen.fill();
}

/** A span of the scope in the largest unit that fits, for the label of the zoom: `[count, unit]`. */
export function spanUnit(spanUs: number): [number, 'days' | 'hours' | 'minutes' | 'seconds'] {
  const rounded = (unit: number) => Math.round((spanUs / unit) * 10) / 10;
  if (spanUs >= 2 * DAY_US) return [rounded(DAY_US), 'days'];
  if (spanUs >= HOUR_US) return [rounded(HOUR_US), 'hours'];
  return spanUs >= MINUTE_US ? [rounded(MINUTE_US), 'minutes'] : [rounded(SECOND_US), 'seconds'];
}
