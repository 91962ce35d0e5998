import { expect, it } from 'vitest';
import { STILL, speedOfKeys, speedOfPointer } from './steering';

it.each([
  [[], STILL],
  [['ArrowLeft'], { pan: -0.5, tilt: 0, zoom: 0 }],
  [['ArrowLeft', 'ArrowRight'], STILL],
  [['ArrowUp', '+'], { pan: 0, tilt: 0.5, zoom: 0.5 }],
  [['x', '-'], { pan: 0, tilt: 0, zoom: -0.5 }],
])('keys %j', (held, speed) => expect(speedOfKeys(new Set(held))).toEqual(speed));

it.each([
  [0.05, 0.05, STILL],
  [1, 0, { pan: 1, tilt: 0, zoom: 0 }],
  [0, 1, { pan: 0, tilt: -1, zoom: 0 }],
  [3, -4, { pan: 0.6, tilt: 0.8, zoom: 0 }],
])('a pointer at %d, %d', (right, down, speed) => expect(speedOfPointer(right, down)).toEqual(speed));
