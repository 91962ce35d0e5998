// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import {
  chooseLayout,
  loadWall,
  neighbour,
  nextTile,
  put,
  queryOfWall,
  showChannel,
  showChannels,
  shownChannels,
  toggleEnlarged,
  useWall,
  wallOfQuery,
} from './wall';

const ID = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
const all = (...ids: (string | null)[]) => [...ids, ...Array(25 - ids.length).fill(null)];

describe('the address of a wall', () => {
  it('comes back as it was written', () => {
    const wall = { layout: 4 as const, slots: all(ID(1), null, ID(3)) };
    expect(queryOfWall(wall)).toBe(`layout=4&channels=${ID(1)},,${ID(3)},`);
    expect(wallOfQuery(new URLSearchParams(queryOfWall(wall)))).toEqual(wall);
  });

  it('is none without a layout and channels', () => expect(wallOfQuery(new URLSearchParams('x=1'))).toBeNull());

  it('drops what is no channel and no layout', () => {
    expect(wallOfQuery(new URLSearchParams(`layout=7&channels=<b>,${ID(2)}`))).toEqual({
      layout: 4,
      slots: all(null, ID(2)),
    });
  });
});

describe('putting channels on the wall', () => {
  it('moves a channel that is there already, and what it meets goes to its old tile', () => {
    expect(put(all(ID(1), ID(2)), 1, ID(1)).slice(0, 2)).toEqual([ID(2), ID(1)]);
    expect(put(all(ID(1)), 3, ID(1)).slice(0, 4)).toEqual([null, null, null, ID(1)]);
  });

  it('goes on to the next empty tile and stays on a full wall', () => {
    expect(nextTile({ layout: 4, slots: all(ID(1), ID(2)) }, 1)).toBe(2);
    expect(nextTile({ layout: 4, slots: all(null, ID(2), ID(3), ID(4)) }, 3)).toBe(0);
    expect(nextTile({ layout: 4, slots: all(ID(1), ID(2), ID(3), ID(4)) }, 2)).toBe(2);
  });

  it('fills a wall by clicking alone, also after a larger layout was chosen', () => {
    loadWall(new URLSearchParams('layout=4&channels='), []);
    for (const n of [1, 2, 3, 4]) showChannel(ID(n));
    chooseLayout(9);
    for (const n of [5, 6, 7, 8, 9]) showChannel(ID(n));
    expect(shownChannels(useWall.getState())).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(ID));
  });

  it('fills what is empty with a whole place, and shows no camera twice', () => {
    loadWall(new URLSearchParams(`layout=4&channels=,${ID(2)}`), []);
    showChannels([1, 2, 3, 4, 5].map(ID), 0);
    expect(shownChannels(useWall.getState())).toEqual([ID(1), ID(2), ID(3), ID(4)]);
  });

  it('offers the channels there are to whoever never had a wall', () => {
    window.localStorage.clear();
    loadWall(new URLSearchParams(), [ID(1), ID(2)]);
    expect(useWall.getState()).toMatchObject({ layout: 4, slots: all(ID(1), ID(2)) });
  });

  it('survives a reload', () => {
    loadWall(new URLSearchParams(`layout=1&channels=${ID(5)}`), []);
    chooseLayout(4);
    loadWall(new URLSearchParams(), [ID(1), ID(2)]);
    expect(useWall.getState()).toMatchObject({ layout: 4, slots: all(ID(5)) });
  });
});

it('enlarges a tile with a picture and gives the same wall back', () => {
  loadWall(new URLSearchParams(`layout=4&channels=,${ID(2)}`), []);
  toggleEnlarged(0);
  expect(useWall.getState().enlarged).toBeNull();
  toggleEnlarged(1);
  expect(useWall.getState()).toMatchObject({ enlarged: 1, focused: 1 });
  toggleEnlarged(3);
  expect(useWall.getState()).toMatchObject({ enlarged: null, layout: 4 });
});

it.each([
  [9, 4, 'ArrowLeft', 3],
  [9, 4, 'ArrowDown', 7],
  [9, 2, 'ArrowRight', 2],
  [9, 3, 'ArrowLeft', 3],
  [16, 5, 'ArrowUp', 1],
  [25, 24, 'ArrowDown', 24],
  [25, 7, 'ArrowDown', 12],
  [4, 0, 'ArrowUp', 0],
  [1, 0, 'ArrowDown', 0],
] as const)('in %d tiles, from %d, %s leads to %d', (layout, from, arrow, to) =>
  expect(neighbour(layout, from, arrow)).toBe(to),
);
