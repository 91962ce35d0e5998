/** What is drawn around the lane of recordings: marks and alerts above it, holds, copies and events below. */
import type { Palette } from '@/lib/theme';
import { FONT } from '@/lib/theme';
import { bars, type Scope, xOf } from './geometry';
import { type Note, type NoteOf, ofKind } from './useMoments';

export const ABOVE_PX = 18;
export const BELOW_PX = 26;

type Pen = CanvasRenderingContext2D;

/** `above`: y of the row over the lane; `below`: y under it. */
export function paintNotes(
  pen: Pen,
  scope: Scope,
  notes: readonly Note[],
  width: number,
  { above, below }: { above: number; below: number },
  c: Palette,
): void {
  const seen = notes.filter((note) => {
    const [from, to] = [xOf(scope, width, note.startUs), xOf(scope, width, note.endUs)];
    return to >= 0 && from <= width;
  });
  for (const severity of ['notice', 'warning', 'critical'] as const) {
    const some = ofKind(seen, 'alert').filter((alert) => alert.severity === severity);
    paintAlerts(
      pen,
      scope,
      some,
      width,
      above,
      severity === 'critical' ? c.bad : severity === 'warning' ? c.warn : c.muted,
    );
  }
  paintMarks(pen, scope, ofKind(seen, 'mark'), width, above, c);
  paintHolds(pen, scope, ofKind(seen, 'hold'), width, below + 3, c);
  paintCopies(pen, scope, ofKind(seen, 'copy'), width, below + 11, c);
  paintEvents(pen, scope, ofKind(seen, 'event'), width, below + 18, c);
}

/** A line over the time it stood, with a bar and a dot like an exclamation mark at its beginning. */
function paintAlerts(
  pen: Pen,
  scope: Scope,
  alerts: NoteOf<'alert'>[],
  width: number,
  y: number,
  colour: string,
): void {
  pen.fillStyle = colour;
  for (const bar of bars(alerts, scope, width)) {
    pen.fillRect(bar.x, y + ABOVE_PX - 4, bar.width, 2);
    pen.fillRect(bar.x, y + 4, 2, 7);
    pen.fillRect(bar.x, y + 12, 2, 2);
  }
}

/** A flag, and a line over the span that it names; the name where there is room before the next. */
function paintMarks(pen: Pen, scope: Scope, marks: NoteOf<'mark'>[], width: number, y: number, c: Palette): void {
  pen.font = `11px ${FONT}`;
  pen.textBaseline = 'middle';
  let freeX = Number.NEGATIVE_INFINITY;
  marks.forEach((mark, index) => {
    const x = Math.round(xOf(scope, width, mark.startUs));
    if (x < freeX - 8 && x < freeX) return;
    const end = xOf(scope, width, mark.endUs);
    pen.fillStyle = c.good;
    pen.fillRect(x, y + 1, 2, ABOVE_PX - 1);
    pen.beginPath();
    pen.moveTo(x + 2, y + 1);
    pen.lineTo(x + 11, y + 5);
    pen.lineTo(x + 2, y + 9);
    pen.fill();
    if (end - x > 3) pen.fillRect(x, y + ABOVE_PX - 3, end - x, 2);
    freeX = x + 12;
    const next = marks[index + 1];
    const room = (next ? xOf(scope, width, next.startUs) : width) - x - 20;
    const wide = pen.measureText(mark.name).width;
    if (wide > room) return;
    pen.fillStyle = c.text;
    pen.fillText(mark.name, x + 15, y + 7);
    freeX = x + 15 + wide;
  });
}

/** A bracket with a lock in its middle. */
function paintHolds(pen: Pen, scope: Scope, holds: NoteOf<'hold'>[], width: number, y: number, c: Palette): void {
  for (const bar of bars(holds, scope, width)) {
    pen.fillStyle = c.accent;
    pen.fillRect(bar.x, y, bar.width, 2);
    pen.fillRect(bar.x, y - 3, 2, 5);
    pen.fillRect(bar.x + bar.width - 2, y - 3, 2, 5);
    if (bar.width < 16) continue;
    const middle = Math.round(bar.x + bar.width / 2);
    pen.fillStyle = c.surface;
    pen.fillRect(middle - 7, y - 4, 14, 9);
    pen.fillStyle = c.accent;
    pen.fillRect(middle - 4, y, 8, 5);
    pen.strokeStyle = c.accent;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(middle, y, 2.5, Math.PI, 0);
    pen.stroke();
    pen.lineWidth = 1;
  }
}

/** Dashes with an arrow downwards: it left the store. */
function paintCopies(pen: Pen, scope: Scope, copies: NoteOf<'copy'>[], width: number, y: number, c: Palette): void {
  pen.strokeStyle = c.text;
  pen.fillStyle = c.text;
  for (const bar of bars(copies, scope, width)) {
    pen.setLineDash([5, 3]);
    pen.beginPath();
    pen.moveTo(bar.x, y + 0.5);
    pen.lineTo(bar.x + Math.max(2, bar.width), y + 0.5);
    pen.stroke();
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(bar.x, y - 2);
    pen.lineTo(bar.x + 6, y - 2);
    pen.lineTo(bar.x + 3, y + 4);
    pen.fill();
  }
}

/** Small triangles, one for each pixel with events. */
function paintEvents(pen: Pen, scope: Scope, events: NoteOf<'event'>[], width: number, y: number, c: Palette): void {
  pen.fillStyle = c.warn;
  let lastX = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const x = Math.round(xOf(scope, width, event.startUs));
    if (x - lastX < 2) continue;
    lastX = x;
    pen.beginPath();
    pen.moveTo(x - 3, y + 6);
    pen.lineTo(x + 3, y + 6);
    pen.lineTo(x, y);
    pen.fill();
  }
}
