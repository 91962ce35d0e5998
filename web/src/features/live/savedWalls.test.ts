import { expect, it } from 'vitest';
import { type SavedWall, stepFrom, toursOf, wallOfStep, wallsOf } from './savedWalls';

const ID = '00000000-0000-7000-8000-000000000001';
const GATE: SavedWall = { id: 'w1', name: '校门', layout: 4, slots: [ID] };
const tour = (...ids: string[]) => ({
  id: 't',
  name: '夜间',
  steps: ids.map((id) => ({ kind: 'wall' as const, id, seconds: 10 })),
});

it.each([
  [null],
  [{}],
  [{ items: 'x' }],
  [{ items: [null, 1, { id: 'a' }, { id: 'a', name: 'b', layout: 7, slots: [] }] }],
])('takes nothing from %j', (kept) => {
  expect(wallsOf(kept).items).toEqual([]);
  expect(toursOf(kept).items).toEqual([]);
});

it('reads back what it kept', () => {
  const [wall] = wallsOf({ items: [GATE] }).items;
  expect(wall).toMatchObject({ id: 'w1', name: '校门', layout: 4 });
  expect(wall?.slots[0]).toBe(ID);
  expect(toursOf({ items: [tour('w1')] }).items).toEqual([tour('w1')]);
});

it('drops steps that are none, or that would flicker', () => {
  const kept = { ...tour('w1'), steps: [{ kind: 'wall', id: 'w1', seconds: 1 }, { kind: 'x' }, null] };
  expect(toursOf({ items: [kept] }).items[0]?.steps).toEqual([]);
});

it('goes round, both ways, past walls that are no more', () => {
  const three = tour('gone', 'w1', 'w1');
  expect(stepFrom(three, [GATE], 2, 1)).toBe(1);
  expect(stepFrom(three, [GATE], 1, -1)).toBe(2);
  expect(stepFrom(three, [GATE], -1, 1)).toBe(1);
  expect(stepFrom(tour('gone'), [GATE], 0, 1)).toBeNull();
});

it('shows a channel alone', () =>
  expect(wallOfStep({ kind: 'channel', id: ID, seconds: 5 }, [])).toEqual({ layout: 1, slots: [ID] }));
