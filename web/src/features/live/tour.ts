import { create } from 'zustand';
import { forget, keep, kept } from '@/lib/drafts';
import { type SavedWall, stepFrom, type Tour, wallOfStep } from './savedWalls';
import { showWall, useWall, type Wall, wallOf } from './wall';

/** The tour that runs on this page. It goes on after a reload, at the step where it was. */
interface Running {
  tourId: string;
  index: number;
  paused: boolean;
  /** What was on the wall before, and comes back. */
  before: Wall;
}

export const useTour = create<{ running: Running | null }>(() => ({ running: null }));

/** A second window has a tour of its own. */
let keptAs = 'tour';

function set(running: Running | null): void {
  useTour.setState({ running });
  if (running) keep(keptAs, running);
  else forget(keptAs);
}

/** After a reload: the tour that ran, paused or not. */
export function resumeTour(bare: boolean): void {
  keptAs = bare ? 'tour-bare' : 'tour';
  const was = kept(keptAs) as Partial<Running> | null;
  const before = wallOf(was?.before);
  if (!was || !before || typeof was.tourId !== 'string' || typeof was.index !== 'number') return;
  useTour.setState({ running: { tourId: was.tourId, index: was.index, paused: was.paused === true, before } });
}

export function startTour(tour: Tour, walls: readonly SavedWall[]): void {
  const first = stepFrom(tour, walls, -1, 1);
  if (first === null) return;
  const { layout, slots } = useWall.getState();
  const before = useTour.getState().running?.before ?? { layout, slots };
  set({ tourId: tour.id, index: first, paused: false, before });
  showStep(tour, walls, first);
}

export function stepTour(tour: Tour, walls: readonly SavedWall[], way: 1 | -1): void {
  const { running } = useTour.getState();
  if (!running) return;
  const next = stepFrom(tour, walls, running.index, way);
  if (next === null) {
    stopTour();
    return;
  }
  set({ ...running, index: next });
  showStep(tour, walls, next);
}

function showStep(tour: Tour, walls: readonly SavedWall[], index: number): void {
  const step = tour.steps[index];
  const wall = step && wallOfStep(step, walls);
  if (wall) showWall(wall);
}

export function pauseTour(paused: boolean): void {
  const { running } = useTour.getState();
  if (running) set({ ...running, paused });
}

export function stopTour(): void {
  const { running } = useTour.getState();
  set(null);
  if (running) showWall(running.before);
}
