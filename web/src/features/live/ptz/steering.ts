/** From keys and a pointer to a speed. Pure. */

/** Which way and how fast: pan to the right, tilt up, zoom in; each from -1 to 1. */
export interface Speed {
  pan: number;
  tilt: number;
  zoom: number;
}

export const STILL: Speed = { pan: 0, tilt: 0, zoom: 0 };
export const isStill = ({ pan, tilt, zoom }: Speed): boolean => pan === 0 && tilt === 0 && zoom === 0;

const KEY_SPEED = 0.5;

const KEYS: Record<string, Speed> = {
  ArrowLeft: { ...STILL, pan: -KEY_SPEED },
  ArrowRight: { ...STILL, pan: KEY_SPEED },
  ArrowUp: { ...STILL, tilt: KEY_SPEED },
  ArrowDown: { ...STILL, tilt: -KEY_SPEED },
  '+': { ...STILL, zoom: KEY_SPEED },
  '=': { ...STILL, zoom: KEY_SPEED },
  '-': { ...STILL, zoom: -KEY_SPEED },
  _: { ...STILL, zoom: -KEY_SPEED },
};

export const steers = (key: string): boolean => key in KEYS;

/** What the keys that are held down say together; opposite ones cancel. */
export function speedOfKeys(held: ReadonlySet<string>): Speed {
  const sum = { ...STILL };
  for (const key of held) {
    const one = KEYS[key];
    if (!one) continue;
    sum.pan += one.pan;
    sum.tilt += one.tilt;
    sum.zoom += one.zoom;
  }
  return { pan: bounded(sum.pan), tilt: bounded(sum.tilt), zoom: bounded(sum.zoom) };
}

/** Near the middle of the picture a pointer means nothing, so that a hand may rest. */
const DEAD = 0.12;

/** A pointer on the picture: the farther from its middle, the faster that way. Offsets from -1 to 1, down is positive. */
export function speedOfPointer(right: number, down: number): Speed {
  const length = Math.hypot(right, down);
  if (length < DEAD) return STILL;
  // Tenths: a hand that trembles must not make a word each time.
  const fast = Math.min(1, (length - DEAD) / (1 - DEAD));
  return { pan: tenth((right / length) * fast), tilt: tenth((-down / length) * fast), zoom: 0 };
}

const bounded = (value: number): number => Math.max(-1, Math.min(1, value));
const tenth = (value: number): number => Math.round(value * 10) / 10 + 0;
