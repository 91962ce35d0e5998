import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sources } from '@/sources';
import { isToneChoice, toned } from './tone';

describe('the tone of a page', () => {
  it.each([
    ['page', 'dark', 'dark'],
    ['page', 'light', 'light'],
    ['dark', 'light', 'dark'],
    ['light', 'dark', 'light'],
  ] as const)('choice %s, made for %s: %s', (choice, own, shown) => expect(toned(choice, own)).toBe(shown));

  it('takes nothing unknown from what was kept', () => expect(isToneChoice('sepia')).toBe(false));
});

/** A colour written out, or one by its name, is right in one tone at most. */
const WRITTEN =
  /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(|[:\s](?:white|black|red|green|blue|gr[ae]y|silver|orange|yellow)\s*[;,)]/i;

describe('colours come from theme.ts alone', () => {
  it.each(sources('.css'))('%s', (path) => {
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => WRITTEN.test(line))).toEqual([]);
  });

  it('code writes none either', () => {
    const written = [...sources('.ts'), ...sources('.tsx')]
      .filter((path) => !path.endsWith('lib/theme.ts'))
      .flatMap((path) => readFileSync(path, 'utf8').match(/['"`](?:#[0-9a-f]{3,8}|rgba?\([^)]*\))['"`]/gi) ?? []);
    expect(written).toEqual([]);
  });
});
