import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeskActs, useDeskKeys } from './deskHooks';

let said: string[] = [];
let hasRange = false;
beforeEach(() => {
  said = [];
  hasRange = false;
});
afterEach(cleanup);

const say =
  (name: string) =>
  (...values: (number | string)[]) =>
    said.push([name, ...values].join(' '));

function Desk() {
  const acts: DeskActs = {
    toggle: say('toggle'),
    step: say('step'),
    skip: say('skip'),
    pace: say('pace'),
    mark: say('mark'),
    focusTile: say('tile'),
    range: say('range'),
    letGo: () => hasRange && say('let go')() > 0,
  };
  useDeskKeys(acts, true);
  return (
    <>
      <input aria-label="words" />
      <button type="button">press</button>
      <div role="slider" aria-label="strip" aria-valuenow={0} tabIndex={0} />
    </>
  );
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
  ['i', 'range start'],
  ['【', 'range start'],
  ['O', 'range end'],
  ['0', ''],
  ['a', ''],
])('%s: %s', (key, expected) => {
  render(<Desk />);
  fireEvent.keyDown(document.body, { key });
  expect(said.join()).toBe(expected);
});

it('leaves the arrows to the strip and the space to a button, and takes longer steps with Shift', () => {
  render(<Desk />);
  expect(fireEvent.keyDown(screen.getByRole('slider'), { key: 'ArrowRight' })).toBe(true);
  fireEvent.keyDown(screen.getByRole('button'), { key: ' ' });
  fireEvent.keyDown(screen.getByLabelText('words'), { key: 'm' });
  expect(said).toEqual([]);
  fireEvent.keyDown(document.body, { key: 'ArrowRight', shiftKey: true });
  expect(said).toEqual(['skip 60']);
});

it('lets a range go, and leaves Escape alone where there is none', () => {
  render(<Desk />);
  expect(fireEvent.keyDown(document.body, { key: 'Escape' })).toBe(true);
  hasRange = true;
  expect(fireEvent.keyDown(document.body, { key: 'Escape' })).toBe(false);
  expect(said).toEqual(['let go']);
});
