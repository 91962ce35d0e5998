import { expect, it } from 'vitest';
import { HOUR_US, microsOf, SECOND_US } from '@/lib/time';
import { placeOfQuery, queryOfPlace } from './address';
import { LEAST_SPAN_US, MOST_SPAN_US } from './timeline/geometry';

const PLACE = { channelId: 'abc', atUs: microsOf('2026-11-20T06:03:05Z'), epoch: null, spanUs: 6 * HOUR_US };

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
  expect(placeOfQuery(new URLSearchParams())).toEqual({ channelId: null, atUs: null, epoch: null, spanUs: null });
});

it.each([
  ['zoom=0.001', LEAST_SPAN_US],
  ['zoom=99999999999', MOST_SPAN_US],
  ['zoom=-4', null],
  ['zoom=wide', null],
  ['zoom=60', 60 * SECOND_US],
])('%s is bounded', (query, spanUs) => expect(placeOfQuery(new URLSearchParams(query)).spanUs).toBe(spanUs));
