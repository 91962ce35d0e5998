/** Channel, moment and zoom in the address, so that a line in a duty log leads back to the picture. */
import { addressTimeOf, parseAddressTime, SECOND_US } from '@/lib/time';
import { LEAST_SPAN_US, MOST_SPAN_US } from './timeline/geometry';

export interface Place {
  channelId: string | null;
  /** Null when the address names no moment. */
  atUs: number | null;
  /** Run of the server's clock, where the moment exists in several; null when the address names none. */
  epoch: number | null;
  /** Width of the timeline; null when the address names none. */
  spanUs: number | null;
}

export function placeOfQuery(query: URLSearchParams): Place {
  const spanUs = Number(query.get('zoom')) * SECOND_US;
  const epoch = query.get('epoch') ?? '';
  return {
    channelId: query.get('channel') || null,
    atUs: parseAddressTime(query.get('at')),
    epoch: /^\d{1,9}$/.test(epoch) ? Number(epoch) : null,
    spanUs: spanUs > 0 ? Math.min(MOST_SPAN_US, Math.max(LEAST_SPAN_US, spanUs)) : null,
  };
}

/** `zoom` is the width of the timeline in whole seconds. */
export function queryOfPlace({ channelId, atUs, epoch, spanUs }: Place): string {
  const query = new URLSearchParams();
  if (channelId) query.set('channel', channelId);
  if (atUs !== null) query.set('at', addressTimeOf(atUs));
  if (epoch !== null) query.set('epoch', String(epoch));
  if (spanUs !== null) query.set('zoom', String(Math.max(1, Math.round(spanUs / SECOND_US))));
  // A colon is allowed in a query and much easier on the eye.
  return query.toString().replaceAll('%3A', ':');
}
