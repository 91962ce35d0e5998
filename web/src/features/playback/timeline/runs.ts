/**
 * Runs of the server's clock (`clock_epoch`): where it was set back, the same wall time exists twice. Such a stretch
 * is drawn as rows, one for each run, and a click chooses by its height. Pure.
 */
import { joined, type Landing, land, type Stretch } from './geometry';

export interface InRun extends Stretch {
  epoch: number;
}

/** A stretch of wall time that several runs went through, the earliest first. */
export interface Repeated extends Stretch {
  epochs: number[];
}

/** From the first to the last moment of each run, earliest run first. Within a run time only goes forward. */
export function extents(stretches: readonly InRun[]): InRun[] {
  const found = new Map<number, InRun>();
  for (const { epoch, startUs, endUs } of stretches) {
    const known = found.get(epoch);
    if (!known) found.set(epoch, { epoch, startUs, endUs });
    else {
      known.startUs = Math.min(known.startUs, startUs);
      known.endUs = Math.max(known.endUs, endUs);
    }
  }
  return [...found.values()].sort((a, b) => a.epoch - b.epoch);
}

/** Slewing may let two runs touch for a moment; that is no repeated hour. */
const LEAST_US = 1_000_000;

export function repeated(runs: readonly InRun[]): Repeated[] {
  const edges = [...new Set(runs.flatMap(({ startUs, endUs }) => [startUs, endUs]))].sort((a, b) => a - b);
  return edges.slice(1).flatMap((endUs, index) => {
    const startUs = edges[index] ?? endUs;
    const epochs = runs.filter((run) => run.startUs < endUs && run.endUs > startUs).map((run) => run.epoch);
    return epochs.length > 1 && endUs - startUs >= LEAST_US ? [{ startUs, endUs, epochs }] : [];
  });
}

export const repeatedAt = (zones: readonly Repeated[], us: number): Repeated | null =>
  zones.find((zone) => us >= zone.startUs && us < zone.endUs) ?? null;

/** The run that a place on the strip means: `share` is its height from the top, 0 to 1. Null where any will do. */
export function runAt(zones: readonly Repeated[], us: number, share: number): number | null {
  const zone = repeatedAt(zones, us);
  if (!zone) return null;
  const row = Math.min(zone.epochs.length - 1, Math.max(0, Math.floor(share * zone.epochs.length)));
  return zone.epochs[row] ?? null;
}

export interface Part<T> {
  from: T;
  startUs: number;
  endUs: number;
  /** Which of how many rows. */
  row: number;
  rows: number;
}

/** A stretch cut at the borders of repeated time, each part with the row it is drawn in. */
export function parts<T extends InRun>(stretch: T, zones: readonly Repeated[]): Part<T>[] {
  const result: Part<T>[] = [];
  let at = stretch.startUs;
  const add = (startUs: number, endUs: number, row: number, rows: number) => {
    if (endUs > startUs) result.push({ from: stretch, startUs, endUs, row, rows });
  };
  for (const zone of zones) {
    const row = zone.epochs.indexOf(stretch.epoch);
    const [startUs, endUs] = [Math.max(at, zone.startUs), Math.min(stretch.endUs, zone.endUs)];
    if (row < 0 || endUs <= startUs) continue;
    add(at, startUs, 0, 1);
    add(startUs, endUs, row, zone.epochs.length);
    at = endUs;
  }
  add(at, stretch.endUs, 0, 1);
  return result;
}

/** Runs of the same kind that were cut at the border of two answers are one again, run by run, in order of time. */
export function joinedRuns<T extends InRun>(stretches: readonly T[], alike: (a: T, b: T) => boolean): T[] {
  const epochs = [...new Set(stretches.map((one) => one.epoch))];
  return epochs
    .flatMap((epoch) =>
      joined(
        stretches.filter((one) => one.epoch === epoch),
        alike,
      ),
    )
    .sort((a, b) => a.startUs - b.startUs || a.epoch - b.epoch);
}

/** Where a wish to see `us` leads: in the run that was pointed at, else in any. */
export function landIn(spans: readonly InRun[], us: number, epoch: number | null): Landing {
  const own = epoch === null ? spans : spans.filter((span) => span.epoch === epoch);
  const landing = land(own, us);
  // A run that ended before: what comes next is in another one.
  return landing.kind === 'exact' || landing.kind === 'next' || epoch === null ? landing : land(spans, us);
}
