// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { tokenIn } from './startSteps';

it.each([
  ['abc-DEF_1', 'abc-DEF_1'],
  ['  abc  ', 'abc'],
  ['https://10.0.0.5:8600/setup?token=abc-DEF_1', 'abc-DEF_1'],
  ['first set-up: http://127.0.0.1:8600/setup?token=abc', 'abc'],
])('%j holds %s', (typed, token) => expect(tokenIn(typed)).toBe(token));
