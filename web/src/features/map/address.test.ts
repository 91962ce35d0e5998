import { expect, it } from 'vitest';
import { boxOfQuery, queryOfBox, wallAddress } from './address';

const BOX = { west: 98.4, south: 24.9, east: 98.6, north: 25.1 };

it('what is seen comes back from the address', () => {
  expect(boxOfQuery(new URLSearchParams({ box: queryOfBox(BOX) }))).toEqual(BOX);
});

it.each(['', '1,2,3', '1,2,3,x', '3,2,1,4', '-200,0,1,1', '1,2,3,4,5', 'Infinity,2,3,4'])('%s is no box', (text) => {
  expect(boxOfQuery(new URLSearchParams({ box: text }))).toBeNull();
});

it.each([
  [1, 1],
  [2, 4],
  [5, 9],
  [10, 16],
  [17, 25],
  [40, 25],
])('%d cameras go on a wall of %d', (count, layout) => {
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  const address = new URL(wallAddress(ids), 'http://x');
  expect(address.searchParams.get('layout')).toBe(String(layout));
  expect(address.searchParams.get('channels')?.split(',')).toHaveLength(Math.min(count, 25));
});
