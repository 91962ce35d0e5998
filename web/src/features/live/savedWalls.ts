import { type Wall, wallOf } from './wall';

/** Walls and tours that a person keeps under a name. Pure; what is read may be of another version of the page. */

export interface SavedWall extends Wall {
  id: string;
  name: string;
}

/** One stop of a tour: a saved wall, or one channel alone. */
export type Step = { kind: 'wall'; id: string; seconds: number } | { kind: 'channel'; id: string; seconds: number };

export interface Tour {
  id: string;
  name: string;
  steps: readonly Step[];
}

export const LEAST_SECONDS = 5;
export const MOST_SECONDS = 3600;
const MOST_KEPT = 100;
const MOST_STEPS = 100;

export interface SavedWalls {
  items: readonly SavedWall[];
}

export interface Tours {
  items: readonly Tour[];
}

export function wallsOf(kept: unknown): SavedWalls {
  return {
    items: itemsOf(kept).flatMap((one) => {
      const wall = wallOf(one);
      return wall && named(one) ? [{ ...wall, id: one.id, name: one.name }] : [];
    }),
  };
}

export function toursOf(kept: unknown): Tours {
  return {
    items: itemsOf(kept).flatMap((one) =>
      named(one) && Array.isArray(one.steps)
        ? [{ id: one.id, name: one.name, steps: one.steps.filter(isStep).slice(0, MOST_STEPS) }]
        : [],
    ),
  };
}

function isStep(value: unknown): value is Step {
  const step = value as Partial<Step> | null;
  return (
    (step?.kind === 'wall' || step?.kind === 'channel') && typeof step.id === 'string' && boundedSeconds(step.seconds)
  );
}

const boundedSeconds = (value: unknown): boolean =>
  typeof value === 'number' && value >= LEAST_SECONDS && value <= MOST_SECONDS;

const itemsOf = (kept: unknown): Record<string, unknown>[] => {
  const items = (kept as { items?: unknown } | null)?.items;
  return Array.isArray(items) ? items.filter((one) => typeof one === 'object' && one !== null).slice(0, MOST_KEPT) : [];
};

const named = <T extends object>(one: T): one is T & { id: string; name: string } =>
  'id' in one && typeof one.id === 'string' && 'name' in one && typeof one.name === 'string' && one.name !== '';

/** The wall of a step; null when what it names is no more. */
export function wallOfStep(step: Step, walls: readonly SavedWall[]): Wall | null {
  if (step.kind === 'channel') return { layout: 1, slots: [step.id] };
  return walls.find((wall) => wall.id === step.id) ?? null;
}

/** The step after this one that can be shown, going round; null when there is none at all. */
export function stepFrom(tour: Tour, walls: readonly SavedWall[], from: number, way: 1 | -1): number | null {
  const { length } = tour.steps;
  for (let tried = 1; tried <= length; tried++) {
    const at = (((from + way * tried) % length) + length) % length;
    const step = tour.steps[at];
    if (step && wallOfStep(step, walls)) return at;
  }
  return null;
}

/** Ids of one's own things: they need be no secret, and plain HTTP has no `crypto.randomUUID`. */
export const freshId = (): string => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
