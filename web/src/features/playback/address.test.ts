import { expect, it } from 'vitest';
import { HOUR_US, microsOf, SECOND_US } from '@/lib/time';
import { type Place, placeOfQuery, queryOfPlace } from './address';
import { LEAST_SPAN_US, MOST_SPAN_US } from './timeline/geometry';

const PLACE: Place = {
  channelIds: ['abc'],
  focusId: 'abc',
  layout: 1,
  atUs: microsOf('2026-11-20T06:03:05Z'),
  epoch: null,
  spanUs: 6 * HOUR_US,
};

it('can be read by a person and comes back as it was', () => {
  const query = queryOfPlace(PLACE);
  expect(query).toBe('channel=abc&at=2026-11-20T14:03:05%2B08:00&zoom=21600');
  expect(placeOfQuery(new URLSearchParams(query))).toEqual(PLACE);
});

it('says which run of the clock is meant where there are several', () => {
  const query = queryOfPlace({ ...PLACE, epoch: 2 });
  expect(query).toContain('&epoch=2&');
  expect(placeOfQuery(new URLSearchParams(query)).epoch).toBe(2);
  expect(placeOfQuery(new URLSearchParams('epoch=second')).epoch).toBeNull();
});

it('may be empty', () => {
  expect(placeOfQuery(new URLSearchParams())).toEqual({
    channelIds: [],
    focusId: null,
    layout: 1,
    atUs: null,
    epoch: null,
    spanUs: null,
  });
});

it.each([
  ['zoom=0.001', LEAST_SPAN_US],
  ['zoom=99999999999', MOST_SPAN_US],
  ['zoom=-4', null],
  ['zoom=wide', null],
  ['zoom=60', 60 * SECOND_US],
])('%s is bounded', (query, spanUs) => expect(placeOfQuery(new URLSearchParams(query)).spanUs).toBe(spanUs));

it('carries several channels, their layout and the one that the desk is about', () => {
  const wall = { ...PLACE, channelIds: ['a', 'b', 'c'], focusId: 'b', layout: 4 as const };
  const query = queryOfPlace(wall);
  expect(query).toContain('channel=a,b,c&focus=b&layout=4&');
  expect(placeOfQuery(new URLSearchParams(query))).toEqual(wall);
});

it.each([
  ['channel=a,b,c', ['a', 'b', 'c'], 4],
  ['channel=a,,a,b&layout=9', ['a', 'b'], 9],
  ['channel=a,b&layout=1', ['a', 'b'], 4],
  ['channel=1,2,3,4,5,6,7,8,9,10&layout=4', ['1', '2', '3', '4', '5', '6', '7', '8', '9'], 9],
  ['channel=a&layout=7', ['a'], 1],
])('%s has room for all', (query, channelIds, layout) => {
  const place = placeOfQuery(new URLSearchParams(query));
  expect([place.channelIds, place.layout]).toEqual([channelIds, layout]);
});
