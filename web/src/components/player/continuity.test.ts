import { describe, expect, it } from 'vitest';
import { Continuity } from './continuity';

const TICKS = 90_000;
const FRAME = 3600; // 25 frames a second

function placed(chunks: [number, boolean][]): (number | null)[] {
  const continuity = new Continuity();
  return chunks.map(([ticks, key]) => continuity.place(ticks, key)?.mediaS ?? null);
}

describe('chunks on the timeline of the player', () => {
  it('lie where they say while they follow each other', () => {
    expect(
      placed([
        [0, true],
        [FRAME, false],
        [2 * FRAME, false],
      ]),
    ).toEqual([0, 0.04, 0.08]);
  });

  it('begin with a key frame', () => {
    expect(
      placed([
        [0, false],
        [FRAME, false],
        [2 * FRAME, true],
      ]),
    ).toEqual([null, null, 0.08]);
  });

  it('go on without a hole when the camera connects anew and counts from zero', () => {
    const [, , last, again, after] = placed([
      [10 * TICKS, true],
      [10 * TICKS + FRAME, false],
      [10 * TICKS + 2 * FRAME, false],
      [0, true],
      [FRAME, false],
    ]);
    expect(last).toBeCloseTo(10.08);
    expect(again).toBeCloseTo(10.12);
    expect(after).toBeCloseTo(10.16);
  });

  it('close up when the server left frames out, but only at a key frame', () => {
    const [, gone, key] = placed([
      [0, true],
      [5 * TICKS, false],
      [6 * TICKS, true],
    ]);
    expect(gone).toBeNull();
    expect(key).toBeCloseTo(0.04);
  });

  it('say when the offset of the buffer has to change, and to what', () => {
    const continuity = new Continuity();
    expect(continuity.place(90 * TICKS, true)).toEqual({ mediaS: 90, offsetS: null });
    expect(continuity.place(0, true)).toEqual({ mediaS: 90.04, offsetS: 90.04 });
    expect(continuity.place(FRAME, false)?.offsetS).toBeNull();
  });

  it('leave the jitter of a camera alone', () => {
    expect(
      placed([
        [0, true],
        [9 * FRAME, false],
      ]),
    ).toEqual([0, 0.36]);
  });
});
