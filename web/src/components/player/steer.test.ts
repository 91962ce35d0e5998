import { expect, it } from 'vitest';
import { mustLeap, steer } from './steer';

it.each([1, 0.25, 2, 16])('comes to its clock at %d times and stays there', (speed) => {
  let [clock, player] = [10, 10.2 * 1];
  for (let step = 0; step < 200; step += 1) {
    const rate = mustLeap(clock - player, speed) ? speed : steer(clock - player, speed);
    clock += 0.1 * speed;
    player += 0.1 * rate;
  }
  expect(Math.abs(clock - player)).toBeLessThan(0.006 * Math.max(1, speed));
});

it('never goes much faster or slower than wanted', () => {
  expect(steer(5, 1)).toBeCloseTo(1.25);
  expect(steer(-5, 2)).toBeCloseTo(1.5);
  expect(steer(0.001, 4)).toBe(4);
});
