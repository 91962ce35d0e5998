/** Two fingers on the strip: what was under each of them stays under it. Pure. */
import { LEAST_SPAN_US, MOST_SPAN_US, type Scope, usOf } from './geometry';

export interface Fingers {
  /** Moments that were grasped. */
  firstUs: number;
  secondUs: number;
}

export const grasp = (scope: Scope, width: number, firstX: number, secondX: number): Fingers => ({
  firstUs: usOf(scope, width, firstX),
  secondUs: usOf(scope, width, secondX),
});

/** The scope in which the grasped moments are at these places; null where the fingers are at one place. */
export function pinched({ firstUs, secondUs }: Fingers, width: number, firstX: number, secondX: number): Scope | null {
  if (Math.abs(secondX - firstX) < 1 || firstUs === secondUs) return null;
  const wanted = Math.abs(((secondUs - firstUs) / (secondX - firstX)) * width);
  const spanUs = Math.round(Math.min(MOST_SPAN_US, Math.max(LEAST_SPAN_US, wanted)));
  const middleUs = (firstUs + secondUs) / 2;
  const middleX = (firstX + secondX) / 2;
  return { spanUs, centreUs: Math.round(middleUs + (0.5 - middleX / width) * spanUs) };
}
