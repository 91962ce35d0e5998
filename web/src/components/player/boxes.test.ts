import { describe, expect, it } from 'vitest';
import { decodeTimeOf, sameBytes, splitInit } from './boxes';

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const u32 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
const u64 = (value: number) => [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];
const box = (type: string, body: number[]) => [...u32(8 + body.length), ...ascii(type), ...body];
const longBox = (type: string, body: number[]) => [...u32(1), ...ascii(type), ...u64(16 + body.length), ...body];
const bytes = (...parts: number[][]) => new Uint8Array(parts.flat());

const tfdt = (version: number, time: number) =>
  box('tfdt', [version, 0, 0, 0, ...(version === 1 ? u64(time) : u32(time))]);
const moof = (inner: number[]) =>
  box('moof', [...box('mfhd', u32(0)), ...box('traf', [...box('tfhd', u32(0)), ...inner])]);

describe('decode time', () => {
  it.each([
    ['32 bits', tfdt(0, 90_000), 90_000],
    ['64 bits', tfdt(1, 2 ** 40 + 5), 2 ** 40 + 5],
  ])('is read with %s', (_name, inner, time) =>
    expect(decodeTimeOf(bytes(moof(inner), box('mdat', [1, 2])))).toBe(time),
  );

  it('is found in a chunk that lies inside a larger message', () => {
    const whole = bytes([9, 9, 9, 9], moof(tfdt(0, 42)));
    expect(decodeTimeOf(whole.subarray(4))).toBe(42);
  });

  it.each([
    ['without tfdt', bytes(moof([]))],
    ['cut in the middle of tfdt', bytes(moof(box('tfdt', [1, 0, 0, 0, 0, 0])))],
    ['whose box claims more than there is', bytes([...u32(4000), ...ascii('moof')])],
    ['whose box has size 4', bytes([...u32(4), ...ascii('moof')])],
    ['of nothing', new Uint8Array()],
  ])('is missing in a chunk %s', (_name, chunk) => expect(decodeTimeOf(chunk)).toBeNull());
});

describe('a response', () => {
  const init = bytes(box('ftyp', [1]), box('moov', [2, 3]));
  const media = bytes(moof(tfdt(0, 1)), box('mdat', [4]));

  it('is split after its moov', () => {
    const split = splitInit(bytes([...init], [...media]));
    expect(sameBytes(split.init, init)).toBe(true);
    expect(sameBytes(split.media, media)).toBe(true);
  });

  it('with a 64-bit box before it too', () => {
    expect(splitInit(bytes(longBox('free', [0]), [...init], [...media])).media).toHaveLength(media.length);
  });

  it('without init is media alone', () => {
    expect(splitInit(media).init).toHaveLength(0);
    expect(splitInit(media).media).toHaveLength(media.length);
  });
});
