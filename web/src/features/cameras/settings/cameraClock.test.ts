// @vitest-environment jsdom
import { afterAll, beforeAll, expect, it } from 'vitest';
import { i18n } from '@/lib/i18n';
import { clockErrorWords, driftWords, isWrong } from './cameraClock';

beforeAll(() => i18n.changeLanguage('en'));
afterAll(() => i18n.changeLanguage('zh-CN'));

it.each([
  [0.01, 'exact'],
  [-1.234, '1.23 s slow'],
  [3600.31, '1 h fast'],
  [-93_784, '1 d 2 h slow'],
])('a clock error of %d s is %s', (error, words) => expect(clockErrorWords(error, i18n.t)).toBe(words));

it.each([
  [80.2, 'gains 6.93 s a day'],
  [-10, 'loses 0.86 s a day'],
  [0.01, 'steady'],
])('a drift of %d ppm is %s', (ppm, words) => expect(driftWords(ppm, i18n.t)).toBe(words));

it('calls out what would mislead', () =>
  expect([-3, -2, 0, 2, 3600].map(isWrong)).toEqual([true, false, false, false, true]));
