/** Channels, moment, zoom and layout in the address, so that a line in a duty log leads back to the pictures. */
import { addressTimeOf, parseAddressTime, SECOND_US } from '@/lib/time';
import { LEAST_SPAN_US, MOST_SPAN_US } from './timeline/geometry';

export const LAYOUTS = [1, 4, 9] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface Place {
  /** In the order of the tiles; the first is the one that the desk is about unless `focusId` says otherwise. */
  channelIds: string[];
  focusId: string | null;
  layout: Layout;
  /** Null when the address names no moment. */
  atUs: number | null;
  /** Run of the server's clock, where the moment exists in several; null when the address names none. */
  epoch: number | null;
  /** Width of the timeline; null when the address names none. */
  spanUs: number | null;
}

/** The smallest layout that shows so many. */
export const layoutFor = (count: number): Layout => LAYOUTS.find((layout) => layout >= count) ?? 9;

export function placeOfQuery(query: URLSearchParams): Place {
  const spanUs = Number(query.get('zoom')) * SECOND_US;
  const epoch = query.get('epoch') ?? '';
  const named = (query.get('channel') ?? '').split(',').filter(Boolean);
  const channelIds = [...new Set(named)].slice(0, 9);
  const asked = LAYOUTS.find((layout) => String(layout) === query.get('layout')) ?? 1;
  const focus = query.get('focus');
  return {
    channelIds,
    focusId: focus && channelIds.includes(focus) ? focus : (channelIds[0] ?? null),
    layout: asked >= channelIds.length ? asked : layoutFor(channelIds.length),
    atUs: parseAddressTime(query.get('at')),
    epoch: /^\d{1,9}$/.test(epoch) ? Number(epoch) : null,
    spanUs: spanUs > 0 ? Math.min(MOST_SPAN_US, Math.max(LEAST_SPAN_US, spanUs)) : null,
  };
}

/** `zoom` is the width of the timeline in whole seconds. */
export function queryOfPlace({ channelIds, focusId, layout, atUs, epoch, spanUs }: Place): string {
  const query = new URLSearchParams();
  if (channelIds.length > 0) query.set('channel', channelIds.join(','));
  if (focusId && focusId !== channelIds[0]) query.set('focus', focusId);
  if (layout > 1) query.set('layout', String(layout));
  if (atUs !== null) query.set('at', addressTimeOf(atUs));
  if (epoch !== null) query.set('epoch', String(epoch));
  if (spanUs !== null) query.set('zoom', String(Math.max(1, Math.round(spanUs / SECOND_US))));
  // A colon and a comma are allowed in a query and much easier on the eye.
  return query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
}
