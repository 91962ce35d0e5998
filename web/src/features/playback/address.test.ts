import { expect, it } from 'vitest';
import { HOUR_US, microsOf, SECOND_US } from '@/lib/time';
import { placeOfQuery, queryOfPlace } from './address';
import { LEAST_SPAN_US, MOST_SPAN_US } from './timeline/geometry';

const PLACE = { channelId: 'abc', atUs: microsOf('2026-11-20T06:03:05Z'), spanUs: 6 * HOUR_US };

it('can be read by a person and comes back as it was', () => {
  const query = queryOfPlace(PLACE);
  expect(query).toBe('channel=abc&at=2026-11-20T14:03:05%2B08:00&zoom=21600');
  expect(placeOfQuery(new URLSearchParams(query))).toEqual(PLACE);
});

it('may be empty', () => {
  expect(placeOfQuery(new URLSearchParams())).toEqual({ channelId: null, atUs: null, spanUs: null });
});

it.each([
  ['zoom=0.001', LEAST_SPAN_US],
  ['zoom=99999999999', MOST_SPAN_US],
  ['zoom=-4', null],
  ['zoom=wide', null],
  ['zoom=60', 60 * SECOND_US],
])('%s is bounded', (query, spanUs) => expect(placeOfQuery(new URLSearchParams(query)).spanUs).toBe(spanUs));
