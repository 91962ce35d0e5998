import type { Palette } from '@/lib/theme';
import { FONT } from '@/lib/theme';
import { clockOf, DAY_US, dateOf, HOUR_US, MINUTE_US, SECOND_US, startOfDay } from '@/lib/time';
import { type Bar, bars, type Gap, type Scope, type Stretch, tickStep, ticks, xOf } from './geometry';
import { type InRun, type Part, parts, type Repeated } from './runs';

export interface Scene {
  scope: Scope;
  spans: readonly InRun[];
  gaps: readonly Gap[];
  damage: readonly InRun[];
  zones: readonly Repeated[];
  turns: readonly InRun[];
  selection: Stretch | null;
  cursorUs: number;
  nowUs: number;
  hoverX: number | null;
}

const RULER_PX = 24;
const LANE_TOP = 32;
const LANE_BOTTOM = 10;

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
  paintTurns(pen, scene, width, height, colours);
  paintSelection(pen, scene, width, height, colours);
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
  const { scope, spans, gaps, damage, zones } = scene;
  pen.fillStyle = c.raised;
  pen.fillRect(0, lane.top, Math.min(width, xOf(scope, width, scene.nowUs)), lane.height);
  for (const row of inRows(gaps.filter(isPlanned), zones, lane))
    for (const bar of bars(row.stretches, scope, width)) paintPlanned(pen, bar, row.lane, c);
  for (const row of inRows(
    gaps.filter((gap) => !isPlanned(gap)),
    zones,
    lane,
  ))
    for (const bar of bars(row.stretches, scope, width)) paintGap(pen, bar.x, bar.width, row.lane, c);
  for (const row of inRows(spans, zones, lane)) {
    pen.fillStyle = c.accentFill;
    for (const bar of bars(row.stretches, scope, width)) pen.fillRect(bar.x, row.lane.top, bar.width, row.lane.height);
  }
  paintRowNumbers(pen, scene, width, lane, c);
  for (const row of inRows(damage, zones, lane))
    for (const bar of bars(row.stretches, scope, width)) paintDamage(pen, bar, row.lane, c);
}

/** Time that nobody wanted recorded, or that never was, is no fault. */
const isPlanned = ({ cause }: Gap): boolean => cause === 'plan' || cause === 'clock';

const ROW_SEAM_PX = 6;
const LABEL_LEAST_PX = 40;

/** Stretches by the row they are drawn in: the whole height, or one of the rows of repeated time. */
function inRows(stretches: readonly InRun[], zones: readonly Repeated[], lane: Lane) {
  const rows = new Map<string, { lane: Lane; stretches: Part<InRun>[] }>();
  for (const part of stretches.flatMap((one) => parts(one, zones))) {
    const name = `${part.row}/${part.rows}`;
    const known = rows.get(name);
    if (known) known.stretches.push(part);
    else rows.set(name, { lane: rowOf(lane, part.row, part.rows), stretches: [part] });
  }
  return [...rows.values()];
}

function rowOf(lane: Lane, row: number, rows: number): Lane {
  if (rows === 1) return lane;
  const height = (lane.height - ROW_SEAM_PX * (rows - 1)) / rows;
  return { top: lane.top + row * (height + ROW_SEAM_PX), height };
}

/** Which pass each row of repeated time is. */
function paintRowNumbers(pen: CanvasRenderingContext2D, scene: Scene, width: number, lane: Lane, c: Palette): void {
  pen.font = `11px ${FONT}`;
  pen.textBaseline = 'middle';
  for (const zone of scene.zones) {
    const x = Math.max(0, xOf(scene.scope, width, zone.startUs));
    if (xOf(scene.scope, width, zone.endUs) - x < LABEL_LEAST_PX) continue;
    zone.epochs.forEach((_epoch, row) => {
      const { top, height } = rowOf(lane, row, zone.epochs.length);
      pen.fillStyle = c.ground;
      pen.fillRect(x + 6, top + height / 2 - 8, 16, 16);
      pen.fillStyle = c.text;
      pen.fillText(String(row + 1), x + 11, top + height / 2 + 1);
    });
  }
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

/** Calm dots: as it was wanted. */
function paintPlanned(pen: CanvasRenderingContext2D, { x, width }: Bar, lane: Lane, c: Palette): void {
  pen.fillStyle = c.muted;
  pen.globalAlpha = 0.55;
  const middle = lane.top + lane.height / 2 - 1;
  for (let at = x + ((8 - (x % 8)) % 8); at < x + width; at += 8) pen.fillRect(at, middle, 2, 2);
  pen.globalAlpha = 1;
}

/** Over the recording, crossed out: it was recorded, and cannot be shown. */
function paintDamage(pen: CanvasRenderingContext2D, { x, width }: Bar, lane: Lane, c: Palette): void {
  const [left, wide] = [x, Math.max(3, width)];
  pen.save();
  pen.beginPath();
  pen.rect(left, lane.top, wide, lane.height);
  pen.clip();
  pen.fillStyle = c.ground;
  pen.fillRect(left, lane.top, wide, lane.height);
  pen.strokeStyle = c.bad;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (let at = left - lane.height - (left % 6); at < left + wide; at += 6) {
    pen.moveTo(at, lane.top + lane.height);
    pen.lineTo(at + lane.height, lane.top);
    pen.moveTo(at, lane.top);
    pen.lineTo(at + lane.height, lane.top + lane.height);
  }
  pen.stroke();
  pen.restore();
  pen.fillStyle = c.bad;
  pen.fillRect(left, lane.top - 4, wide, 3);
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
  for (const bar of bars(zones, scope, width)) pen.fillRect(bar.x, height - LANE_BOTTOM + 4, bar.width, 3);
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
