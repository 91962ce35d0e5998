// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { tenths } from './ClockStep';

it.each([
  [0.04, '0.0'],
  [-0.04, '0.0'],
  [-0.06, '-0.1'],
  [12.34, '12.3'],
])('%d s reads %s', (seconds, words) => expect(tenths(seconds)).toBe(words));
