import { expect, it } from 'vitest';
import { actOf, type DeskActs } from './deskHooks';

function told(key: string, shift = false, onSlider = false): string {
  const said: string[] = [];
  const say =
    (name: string) =>
    (...values: number[]) =>
      said.push([name, ...values].join(' '));
  const acts: DeskActs = {
    toggle: say('toggle'),
    step: say('step'),
    skip: say('skip'),
    pace: say('pace'),
    mark: say('mark'),
    focusTile: say('tile'),
  };
  actOf(key, shift, onSlider)?.(acts);
  return said.join();
}

it.each([
  [' ', 'toggle'],
  ['k', 'toggle'],
  [',', 'step -1'],
  ['。', 'step 1'],
  ['J', 'pace -1'],
  ['l', 'pace 1'],
  ['m', 'mark'],
  ['3', 'tile 2'],
  ['ArrowLeft', 'skip -10'],
  ['0', ''],
  ['a', ''],
])('%s: %s', (key, expected) => expect(told(key)).toBe(expected));

it('leaves the arrows to the strip, and takes longer steps with Shift', () => {
  expect(told('ArrowRight', true)).toBe('skip 60');
  expect(told('ArrowRight', false, true)).toBe('');
});
