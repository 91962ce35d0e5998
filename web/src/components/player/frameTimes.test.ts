import { describe, expect, it } from 'vitest';
import { FrameTimes, shownTimes } from './frameTimes';

const u32 = (...values: number[]) =>
  values.flatMap((v) => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]);
const box = (kind: string, ...content: number[]) => [
  ...u32(8 + content.length),
  ...[...kind].map((letter) => letter.charCodeAt(0)),
  ...content,
];

/** As the server makes them: duration, size and flags of each frame, and how much later it is shown. */
function fragment(decode: number, durations: number[], shifts: number[] | null): number[] {
  const rows = durations.flatMap((one, index) => u32(one, 10, 0, ...(shifts ? [shifts[index] ?? 0] : [])));
  const trun = box('trun', ...u32(shifts ? 0x01000f01 : 0x701, durations.length, 0), ...rows);
  const tfdt = box('tfdt', ...u32(0x01000000, 0, decode));
  return [
    ...box('moof', ...box('mfhd', ...u32(0, 1)), ...box('traf', ...box('tfhd', ...u32(0, 1)), ...tfdt, ...trun)),
    ...box('mdat', 1, 2),
  ];
}

describe('when frames are shown', () => {
  it('is read of every fragment', () => {
    const bytes = new Uint8Array([...fragment(90_000, [3600, 3600], null), ...fragment(97_200, [3600], null)]);
    expect(shownTimes(bytes)).toEqual([1, 1.04, 1.08]);
  });

  it('is in the order of showing where frames are sent in another', () => {
    const bytes = new Uint8Array(fragment(0, [3600, 3600, 3600], [3600, 7200, -3600 >>> 0]));
    expect(shownTimes(bytes)).toEqual([0.04, 0.04, 0.12]);
  });

  it('is nothing of bytes that are cut off', () =>
    expect(shownTimes(new Uint8Array(fragment(0, [1], null).slice(0, 30)))).toEqual([]));
});

describe('frames of a buffer', () => {
  const frames = new FrameTimes();
  frames.add([1, 1.04, 1.08]);
  frames.add([1.08001, 1.12]);
  frames.add([0.5, 0.54]);

  it.each([
    [1.04, 1, 1.08],
    [1.05, 1, 1.08],
    [1.079, -1, 1],
    [1.08, -1, 1.04],
    [1, -1, 0.54],
    [1.12, 1, null],
    [0.5, -1, null],
    [0.2, 1, null],
  ])('from %d by %d lead to %s', (moment, direction, expected) =>
    expect(frames.beside(moment, direction as 1 | -1)).toBe(expected),
  );

  it('last until the next', () => expect(frames.at(1.05)).toEqual({ startS: 1.04, endS: 1.08 }));
});
