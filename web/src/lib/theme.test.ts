import { describe, expect, it } from 'vitest';
import { FIXED, PALETTES, type Palette, type Tone } from './theme';

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const PAIRS: [keyof Palette, keyof Palette][] = [
  ...(['ground', 'surface', 'raised', 'hover'] as const).flatMap((under) =>
    (['text', 'muted', 'accent', 'good', 'warn', 'bad'] as const).map((over): [keyof Palette, keyof Palette] => [
      over,
      under,
    ]),
  ),
  ['accentText', 'accentFill'],
  ['text', 'infoWash'],
  ['text', 'warnWash'],
  ['text', 'badWash'],
  ['muted', 'badWash'],
];

describe.each(['dark', 'light'] as Tone[])('the %s tone', (tone) => {
  it.each(PAIRS)('%s on %s can be read (4.5:1)', (over, under) => {
    expect(contrast(PALETTES[tone][over], PALETTES[tone][under])).toBeGreaterThanOrEqual(4.5);
  });
});

it.each([
  ['screenText', 'screen'],
  ['screenMuted', 'screen'],
  ['heard', 'screen'],
  ['alarmText', 'alarm'],
  ['terminalText', 'terminal'],
] as const)('over pictures: %s on %s can be read', (over, under) => {
  expect(contrast(FIXED[over], FIXED[under])).toBeGreaterThanOrEqual(4.5);
});
