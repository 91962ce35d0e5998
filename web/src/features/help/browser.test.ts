import { expect, it } from 'vitest';
import { CHECKS, type Check, type Outcome, outcomeOf, verdict } from './browser';

const outcomes = (without: readonly Check[], waiting: readonly Check[] = []) =>
  Object.fromEntries(
    CHECKS.map((check) => [check, waiting.includes(check) ? 'waiting' : outcomeOf(check, !without.includes(check))]),
  ) as Record<Check, Outcome>;

it.each([
  [[], 'good'],
  [['h265'], 'h265'],
  [['webgl', 'secure', 'storage'], 'good'],
  [['mse', 'h264', 'h265'], 'mse'],
  [['h264', 'h265'], 'h264'],
  [['websocket'], 'websocket'],
] as [Check[], string][])('without %s it says %s', (without, said) => expect(verdict(outcomes(without))).toBe(said));

it('waits for what is asked of the network, but not with what is known to be bad', () => {
  expect(verdict(outcomes([], ['websocket']))).toBe('waiting');
  expect(verdict(outcomes(['mse'], ['websocket']))).toBe('mse');
});
