import { describe, expect, it } from 'vitest';
import { decodeG711, G711 } from './g711';

const CODES = Array.from({ length: 256 }, (_, code) => code);

/** The decoder output values of G.711 as formulas: y = (2m+1) or (2m+33)·2^(e-1) of 4096; y = (2m+33)·2^e - 33 of 8192. */
function byFormula(law: 'alaw' | 'ulaw', code: number): number {
  const bits = [...(law === 'alaw' ? code ^ 0b01010101 : 255 - code).toString(2).padStart(8, '0')].map(Number);
  const [sign = 0, ...rest] = bits;
  const number = (from: number, to: number) => Number.parseInt(rest.slice(from, to).join(''), 2);
  const e = number(0, 3);
  const m = number(3, 7);
  if (law === 'alaw') return ((sign ? 1 : -1) * (e === 0 ? 2 * m + 1 : (2 * m + 33) * 2 ** (e - 1))) / 4096;
  return ((sign ? -1 : 1) * ((2 * m + 33) * 2 ** e - 33)) / 8192;
}

describe.each(['alaw', 'ulaw'] as const)('%s', (law) => {
  it('has every code at the value of the recommendation', () =>
    expect(CODES.map((code) => G711[law][code])).toEqual(CODES.map((code) => Math.fround(byFormula(law, code)) + 0)));

  it('is symmetric and rises with the magnitude', () => {
    const upper = CODES.filter((code) => code >= 128).map((code) => G711[law][code] ?? 0);
    const lower = CODES.filter((code) => code < 128).map((code) => G711[law][code] ?? 0);
    expect(upper.map((value) => 0 - value)).toEqual(lower);
  });
});

it.each([
  ['alaw', 0xd5, 8 / 32768],
  ['alaw', 0x55, -8 / 32768],
  ['alaw', 0xaa, 32256 / 32768],
  ['alaw', 0x2a, -32256 / 32768],
  ['ulaw', 0xff, 0],
  ['ulaw', 0x80, 32124 / 32768],
  ['ulaw', 0x00, -32124 / 32768],
] as const)('%s %i is %f', (law, code, value) => expect(G711[law][code]).toBeCloseTo(value, 9));

it('takes channels apart', () => {
  const [left, right] = decodeG711('alaw', Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55, 0xaa), 2);
  expect([...(left ?? [])]).toEqual([32256 / 32768, 8 / 32768]);
  expect([...(right ?? [])]).toEqual([-32256 / 32768, -8 / 32768]);
});
