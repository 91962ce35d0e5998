import { expect, it } from 'vitest';
import { added, chosen, laidOut, removed } from './usePlace';

const two = { channelIds: ['a', 'b'], focusId: 'b', layout: 4 as const };

it('puts another channel in the place of the one in focus', () =>
  expect(chosen(two, 'c')).toEqual({ channelIds: ['a', 'c'], focusId: 'c', layout: 4 }));
it('goes to a channel that is shown already', () => expect(chosen(two, 'a').focusId).toBe('a'));
it('makes room for one more', () => expect(added({ channelIds: ['a'], focusId: 'a', layout: 1 }, 'b')).toEqual(two));
it('has nine at most', () => {
  const nine = { channelIds: [...'123456789'], focusId: '1', layout: 9 as const };
  expect(added(nine, 'x').channelIds).toHaveLength(9);
});
it('keeps the one in focus when there are fewer tiles', () =>
  expect(laidOut({ channelIds: ['a', 'b', 'c', 'd', 'e'], focusId: 'e', layout: 9 }, 4)).toEqual({
    channelIds: ['a', 'b', 'c', 'e'],
    focusId: 'e',
    layout: 4,
  }));
it('takes one out', () => expect(removed(two, 'b')).toEqual({ channelIds: ['a'], focusId: 'a', layout: 4 }));
