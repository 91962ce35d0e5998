import type { Palette } from '@/lib/theme';
import { FONT } from '@/lib/theme';
import { clockOf, DAY_US, dateOf, HOUR_US, MINUTE_US, SECOND_US, startOfDay } from '@/lib/time';
import { bars, type Gap, type Scope, type Stretch, tickStep, ticks, xOf } from './geometry';
import { paintLane } from './paintLane';
import { ABOVE_PX, BELOW_PX, paintNotes } from './paintNotes';
import type { InRun, Repeated } from './runs';
import type { Note } from './useMoments';

export interface Scene {
  scope: Scope;
  spans: readonly InRun[];
  gaps: readonly Gap[];
  damage: readonly InRun[];
  zones: readonly Repeated[];
  turns: readonly InRun[];
  notes: readonly Note[];
  selection: Stretch | null;
  cursorUs: number;
  nowUs: number;
  hoverX: number | null;
}

const RULER_PX = 24;
const LANE_TOP = RULER_PX + 2 + ABOVE_PX;
const LANE_BOTTOM = BELOW_PX;

/** How far down the lane a place is, 0 to 1: with repeated time the height says which run is meant. */
export const shareOf = (y: number, height: number): number => (y - LANE_TOP) / (height - LANE_TOP - LANE_BOTTOM);

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
  const notes = { above: RULER_PX + 1, below: height - LANE_BOTTOM };
  paintNotes(pen, scene.scope, scene.notes, width, notes, colours);
  paintTurns(pen, scene, width, height, colours);
  paintSelection(pen, scene, width, height, colours);
  paintNow(pen, scene, width, height, colours);
  paintHover(pen, scene, height, colours);
  paintCursor(pen, xOf(scene.scope, width, scene.cursorUs), height, colours);
}

export interface Lane {
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

/** Where the server's clock was set: a line with a small hourglass, and brackets around what ran twice. */
function paintTurns(
  pen: CanvasRenderingContext2D,
  { scope, turns, zones }: Scene,
  width: number,
  height: number,
  c: Palette,
): void {
  pen.strokeStyle = c.warn;
  pen.fillStyle = c.warn;
  for (const { startUs } of turns) {
    const x = Math.round(xOf(scope, width, startUs)) + 0.5;
    if (x < 0 || x > width) continue;
    pen.beginPath();
    pen.moveTo(x, RULER_PX);
    pen.lineTo(x, height);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x - 5, RULER_PX - 4);
    pen.lineTo(x + 5, RULER_PX - 4);
    pen.lineTo(x - 5, RULER_PX + 6);
    pen.lineTo(x + 5, RULER_PX + 6);
    pen.fill();
  }
  for (const bar of bars(zones, scope, width)) pen.fillRect(bar.x, height - LANE_BOTTOM, bar.width, 3);
}

function paintSelection(
  pen: CanvasRenderingContext2D,
  { scope, selection }: Scene,
  width: number,
  height: number,
  c: Palette,
): void {
  const [bar] = selection ? bars([selection], scope, width) : [];
  if (!bar) return;
  pen.fillStyle = c.text;
  pen.globalAlpha = 0.16;
  pen.fillRect(bar.x, RULER_PX, bar.width, height - RULER_PX);
  pen.globalAlpha = 1;
  pen.fillRect(bar.x - 1, RULER_PX, 2, height - RULER_PX);
  pen.fillRect(bar.x + bar.width - 1, RULER_PX, 2, height - RULER_PX);
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
