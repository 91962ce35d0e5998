/** The lane of recordings: what is there, what is not and why, what is damaged. A cause is a colour and a pattern. */
import type { Palette } from '@/lib/theme';
import { FONT } from '@/lib/theme';
import { type Bar, bars, type Gap, type Scope, xOf } from './geometry';
import type { Lane, Scene } from './paint';
import { type InRun, type Part, parts, type Repeated } from './runs';

export type Pattern = 'dots' | 'rising' | 'falling' | 'level' | 'upright';

/** By whom a gap is mended: nobody (planned), the line, the settings of the camera, this server, a person. */
const PATTERNS: Record<string, Pattern> = {
  plan: 'dots',
  clock: 'dots',
  device_offline: 'rising',
  network: 'rising',
  no_video: 'rising',
  unsupported_codec: 'falling',
  refused_credentials: 'falling',
  disk: 'level',
  role_down: 'level',
  operator: 'upright',
  maintenance: 'upright',
};
export const patternOf = ({ cause }: { cause: string }): Pattern => PATTERNS[cause] ?? 'rising';
const PLANNED: Pattern = 'dots';

export function paintLane(pen: CanvasRenderingContext2D, scene: Scene, width: number, lane: Lane, c: Palette): void {
  const { scope, spans, gaps, damage, zones } = scene;
  pen.fillStyle = c.raised;
  pen.fillRect(0, lane.top, Math.min(width, xOf(scope, width, scene.nowUs)), lane.height);
  const long = gaps.filter((gap) => gap.count === 1);
  for (const row of inRows(
    long.filter((gap) => patternOf(gap) === PLANNED),
    zones,
    lane,
  ))
    for (const bar of bars(row.stretches, scope, width)) paintPattern(pen, bar, row.lane, PLANNED, c);
  for (const row of inRows(spans, zones, lane)) {
    pen.fillStyle = c.accentFill;
    for (const bar of bars(row.stretches, scope, width)) pen.fillRect(bar.x, row.lane.top, bar.width, row.lane.height);
  }
  // Over the recordings: what is missing must not be hidden by what is there.
  for (const pattern of ['rising', 'falling', 'level', 'upright'] as const)
    for (const row of inRows(
      long.filter((gap) => patternOf(gap) === pattern),
      zones,
      lane,
    ))
      for (const bar of bars(row.stretches, scope, width)) paintPattern(pen, bar, row.lane, pattern, c);
  paintSmallGaps(pen, scope, gaps, width, lane, c);
  paintRowNumbers(pen, scene, width, lane, c);
  for (const row of inRows(damage, zones, lane))
    for (const bar of bars(row.stretches, scope, width)) paintDamage(pen, bar, row.lane, c);
}

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

const colourOf = (pattern: Pattern, c: Palette): string =>
  pattern === 'dots' ? c.muted : pattern === 'upright' ? c.warn : c.bad;

/** A gap is something known, not the absence of an answer: its ground is not that of the future. */
export function paintPattern(
  pen: CanvasRenderingContext2D,
  { x, width }: Bar,
  lane: Lane,
  pattern: Pattern,
  c: Palette,
): void {
  const { top, height } = lane;
  const colour = colourOf(pattern, c);
  if (pattern !== 'dots') {
    // Too narrow for a pattern: dark, with the colour in its middle, or it would be lost among the recordings.
    const narrow = width < 4;
    pen.fillStyle = narrow ? c.ground : c.hover;
    pen.fillRect(x, top, width, height);
    if (narrow) {
      pen.fillStyle = colour;
      pen.fillRect(x, top + height / 3, width, height / 3);
      return;
    }
  }
  pen.save();
  pen.beginPath();
  pen.rect(x, top, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  pen.globalAlpha = pattern === 'dots' ? 0.55 : 0.8;
  pen.beginPath();
  STROKES[pattern](pen, x, width, lane);
  pen.stroke();
  pen.restore();
}

const STEP_PX = 8;
/** From a fixed grid, so that the hatching of neighbours meets and panning does not make it crawl. */
const from = (x: number) => x - (x % STEP_PX);

type Stroke = (pen: CanvasRenderingContext2D, x: number, width: number, lane: Lane) => void;
const STROKES: Record<Pattern, Stroke> = {
  dots: (pen, x, width, { top, height }) => {
    for (let at = from(x); at < x + width; at += STEP_PX) pen.fillRect(at, top + height / 2 - 1, 2, 2);
  },
  rising: (pen, x, width, { top, height }) => {
    for (let at = from(x) - height; at < x + width; at += STEP_PX) {
      pen.moveTo(at, top + height);
      pen.lineTo(at + height, top);
    }
  },
  falling: (pen, x, width, { top, height }) => {
    for (let at = from(x) - height; at < x + width; at += STEP_PX) {
      pen.moveTo(at, top);
      pen.lineTo(at + height, top + height);
    }
  },
  level: (pen, x, width, { top, height }) => {
    for (let at = top + 3.5; at < top + height; at += 6) {
      pen.moveTo(x, at);
      pen.lineTo(x + width, at);
    }
  },
  upright: (pen, x, width, { top, height }) => {
    for (let at = from(x) + 0.5; at < x + width; at += 6) {
      pen.moveTo(at, top);
      pen.lineTo(at, top + height);
    }
  },
};

/** Gaps shorter than a pixel: a notch in the lower third, for each pixel that has any. */
function paintSmallGaps(
  pen: CanvasRenderingContext2D,
  scope: Scope,
  gaps: readonly Gap[],
  width: number,
  lane: Lane,
  c: Palette,
): void {
  const small = gaps.filter((gap) => gap.count > 1 && patternOf(gap) !== PLANNED);
  const height = Math.round(lane.height / 3);
  const top = lane.top + lane.height - height;
  // An entry may reach over many pixels of which most are recorded: it is drawn where it ends.
  const ends = small.map(({ endUs }) => ({ startUs: endUs, endUs }));
  pen.fillStyle = c.surface;
  for (const bar of bars(ends, scope, width)) pen.fillRect(bar.x - 1, top - 1, bar.width + 2, height + 1);
  pen.fillStyle = c.bad;
  for (const bar of bars(ends, scope, width)) pen.fillRect(bar.x, top, bar.width, height);
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
  STROKES.rising(pen, left, wide, lane);
  STROKES.falling(pen, left, wide, lane);
  pen.stroke();
  pen.restore();
  pen.fillStyle = c.bad;
  pen.fillRect(left, lane.top - 4, wide, 3);
}
