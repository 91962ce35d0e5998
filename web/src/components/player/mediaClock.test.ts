import { expect, it } from 'vitest';
import { MediaClock } from './mediaClock';

function clockOf(count: number): MediaClock {
  const clock = new MediaClock();
  for (let frame = 0; frame < count; frame += 1) clock.add(frame * 0.04, 1_000_000 + frame * 40_000);
  return clock;
}

it('finds the frame that is shown, also when the browser rounds its time', () => {
  const clock = clockOf(100);
  expect(clock.wallOf(0.4)).toBe(1_400_000);
  expect(clock.wallOf(0.399999)).toBe(1_400_000);
  expect(clock.wallOf(0.400001)).toBe(1_400_000);
  expect(clock.wallOf(99)).toBe(1_000_000 + 99 * 40_000);
});

it('knows nothing before the first frame', () => expect(new MediaClock().wallOf(1)).toBeNull());

it('does not grow for ever and keeps the newest', () => {
  const clock = clockOf(10_000);
  expect(clock.wallOf(9_999 * 0.04)).toBe(1_000_000 + 9_999 * 40_000);
  expect(clock.wallOf(0)).toBeGreaterThan(1_000_000 + 7_000 * 40_000);
});

it('takes the newer wall time when a stretch is appended again', () => {
  const clock = clockOf(10);
  clock.add(0.2, 77);
  expect(clock.wallOf(0.2)).toBe(77);
  expect(clock.wallOf(0.36)).toBe(77);
});
