import { describe, expect, it } from 'vitest';
import { chooseStream, isSmall, patienceForSub } from './streamChoice';

describe('the stream of a tile', () => {
  const usual = { hasSub: true, mainPlays: true, small: false, heard: false, subFailed: false };

  it.each([
    ['the recorded one', usual, 'main', null],
    ['the small one in a small tile', { ...usual, small: true }, 'sub', 'small'],
    ['the small one where the other cannot be decoded', { ...usual, mainPlays: false }, 'sub', 'codec'],
    ['the small one for the codec, whatever the size', { ...usual, mainPlays: false, small: true }, 'sub', 'codec'],
    ['the recorded one in a small tile that is heard', { ...usual, small: true, heard: true }, 'main', null],
    ['the recorded one where there is no other', { ...usual, hasSub: false, small: true }, 'main', null],
    [
      'the recorded one, for stills, where nothing can be decoded',
      { ...usual, hasSub: false, mainPlays: false },
      'main',
      null,
    ],
    [
      'the recorded one where the small one does not come',
      { ...usual, small: true, subFailed: true },
      'main',
      'failed',
    ],
    ['the recorded one, where it is wanted anyway', { ...usual, subFailed: true }, 'main', null],
  ] as const)('is %s', (_name, facts, stream, why) => expect(chooseStream(facts)).toEqual({ stream, why }));
});

it.each([
  [9, false, 400, false, true],
  [9, false, 760, false, false],
  [9, false, 760, true, true],
  [9, false, 820, true, false],
  [9, true, 400, true, false],
  [4, false, 400, false, false],
])('of %i tiles, enlarged %s, %i pixels wide, small before %s: small %s', (tiles, enlarged, width, before, small) =>
  expect(isSmall(tiles, enlarged, width, before)).toBe(small),
);

it.each([
  ['playing', null],
  ['paused', null],
  ['unsupported', 0],
  ['offline', 4000],
  ['connecting', 12_000],
  ['frozen', 12_000],
])('a small stream that is %s is given %s ms', (state, ms) => expect(patienceForSub(state)).toBe(ms));
