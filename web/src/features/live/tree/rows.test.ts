import { expect, it } from 'vitest';
import type { EntryNode, TerritoryNode } from '@/api';
import { type Children, joined, type Known, moveOf, rowsOf } from './rows';

const territory = (node: string, channels: number): TerritoryNode => ({
  node,
  code: node,
  zh: `区${node}`,
  en: node,
  former: false,
  channels,
});
const entry = (kind: EntryNode['kind'], id: string, channels: number | null, opens: boolean): EntryNode => ({
  node: `${kind}:${id}`,
  kind,
  id,
  name: `${kind} ${id}`,
  region_code: '530581',
  region_zh: '',
  region_en: '',
  place_id: null,
  above: [],
  channels,
  opens,
});
const below = (territories: TerritoryNode[], entries: EntryNode[], next: string | null = null): Children => ({
  territories,
  entries,
  next,
});
const WORDS = { territoryName: (one: { zh: string }) => one.zh };
const KNOWN: Known = new Map([
  ['', below([territory('530000', 3)], [])],
  ['530000', below([], [entry('place', 'a', 2, true), entry('place', 'b', 1, true)])],
  ['place:a', below([], [entry('channel', '1', null, false), entry('channel', '2', null, false)], 'more')],
]);
const keys = (opened: string[]) => rowsOf(KNOWN, new Set(opened), WORDS).map((row) => row.key);

it('shows what is open, in order, and that there is more', () => {
  expect(keys([])).toEqual(['>530000']);
  expect(keys(['>530000'])).toEqual(['>530000', '>530000>place:a', '>530000>place:b']);
  expect(keys(['>530000', '>530000>place:a'])).toEqual([
    '>530000',
    '>530000>place:a',
    '>530000>place:a>channel:1',
    '>530000>place:a>channel:2',
    '>530000>place:a>more',
    '>530000>place:b',
  ]);
});

it('says to assistive technology how deep and of how many', () => {
  const rows = rowsOf(KNOWN, new Set(['>530000', '>530000>place:a']), WORDS);
  expect(rows.map(({ level, position, of }) => [level, position, of])).toEqual([
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
    [3, 2, 3],
    [3, 3, 3],
    [2, 2, 2],
  ]);
  expect(rows.map((row) => row.channelId)).toEqual([null, null, '1', '2', null, null]);
});

it('goes on where the last page ended', () => {
  const first = KNOWN.get('place:a');
  const both = joined(first, below([], [entry('channel', '3', null, false)]));
  expect(both.entries.map((one) => one.id)).toEqual(['1', '2', '3']);
  expect(both.next).toBeNull();
});

it.each([
  [0, 'ArrowDown', 1],
  [0, 'ArrowUp', 0],
  [0, 'ArrowRight', 1],
  [2, 'ArrowLeft', 1],
  [0, 'End', 5],
  [5, 'Home', 0],
  [5, 'ArrowDown', 5],
])('from row %d, %s goes to %d', (from, key, to) => {
  const rows = rowsOf(KNOWN, new Set(['>530000', '>530000>place:a']), WORDS);
  expect(moveOf(rows, from, key)).toEqual({ to });
});

it('opens and closes by the arrows', () => {
  const rows = rowsOf(KNOWN, new Set(['>530000']), WORDS);
  expect(moveOf(rows, 1, 'ArrowRight')).toEqual({ toggle: rows[1] });
  expect(moveOf(rows, 0, 'ArrowLeft')).toEqual({ toggle: rows[0] });
  expect(moveOf(rows, 1, 'x')).toBeNull();
});
