import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Channel } from '@/api';
import { useWriteQuery } from '@/lib/address';
import { serverNowUs } from '@/lib/clock';
import { keep, kept } from '@/lib/drafts';
import { HOUR_US, MINUTE_US } from '@/lib/time';
import { type Layout, layoutFor, placeOfQuery, queryOfPlace } from './address';
import { follow, type Scope, upToNow } from './timeline/geometry';

const FIRST_SPAN_US = HOUR_US;
const FIRST_BACK_US = MINUTE_US;

interface Shown {
  channelIds: string[];
  focusId: string | null;
  layout: Layout;
}

export interface PlaceHere extends Shown {
  atUs: number;
  epoch: number | null;
  scope: Scope;
  /** Another channel in the place of the one that the desk is about; the time stays. */
  choose: (channelId: string) => void;
  /** One more, beside those that are shown. */
  add: (channelId: string) => void;
  remove: (channelId: string) => void;
  focus: (channelId: string) => void;
  setLayout: (layout: Layout) => void;
  goTo: (us: number, epoch: number | null) => void;
  /** Note a moment that was reached by playing, without moving the timeline. */
  setAt: (us: number, epoch: number | null) => void;
  setScope: (change: (before: Scope) => Scope) => void;
}

/** Looked at last on this machine: whoever comes back goes on there. */
const LAST = 'playback.channel';

const firstOf = (channels: Channel[]): Channel | undefined => {
  const last = kept(LAST);
  return channels.find(({ id }) => id === last) ?? channels.find(({ state }) => state === 'recording') ?? channels[0];
};

export function chosen({ channelIds, focusId, layout }: Shown, channelId: string): Shown {
  if (channelIds.includes(channelId)) return { channelIds, layout, focusId: channelId };
  const at = focusId === null ? -1 : channelIds.indexOf(focusId);
  const next = at < 0 ? [...channelIds, channelId] : channelIds.map((one, index) => (index === at ? channelId : one));
  return { channelIds: next, layout, focusId: channelId };
}

export function added(before: Shown, channelId: string): Shown {
  if (before.channelIds.includes(channelId) || before.channelIds.length >= 9) return { ...before, focusId: channelId };
  const channelIds = [...before.channelIds, channelId];
  const layout = before.layout >= channelIds.length ? before.layout : layoutFor(channelIds.length);
  return { channelIds, layout, focusId: channelId };
}

export function removed({ channelIds, focusId, layout }: Shown, channelId: string): Shown {
  const rest = channelIds.filter((one) => one !== channelId);
  return { channelIds: rest, layout, focusId: focusId === channelId ? (rest[0] ?? null) : focusId };
}

/** Fewer tiles: the one that the desk is about stays, and of the others the first. */
export function laidOut({ channelIds, focusId }: Shown, layout: Layout): Shown {
  const others = channelIds.filter((one) => one !== focusId).slice(0, layout - (focusId === null ? 0 : 1));
  const kept = channelIds.filter((one) => one === focusId || others.includes(one));
  return { channelIds: kept, focusId, layout };
}

/** Channels, moment and scope of the page, and the address that follows them. */
export function usePlace(channels: Channel[]): PlaceHere {
  const [query] = useSearchParams();
  const writeQuery = useWriteQuery();
  const [first] = useState(() => placeOfQuery(query));
  const [shown, setShown] = useState<Shown>(() => {
    const known = first.channelIds.length > 0 ? first.channelIds : [firstOf(channels)?.id ?? ''].filter(Boolean);
    return { channelIds: known, focusId: first.focusId ?? known[0] ?? null, layout: first.layout };
  });
  const [{ atUs, epoch }, setMoment] = useState(() => ({
    atUs: first.atUs ?? serverNowUs() - FIRST_BACK_US,
    epoch: first.epoch,
  }));
  const setAt = useCallback((us: number, run: number | null) => setMoment({ atUs: us, epoch: run }), []);
  const [scope, setScopeAsIs] = useState<Scope>(() =>
    upToNow({ centreUs: atUs, spanUs: first.spanUs ?? FIRST_SPAN_US }, serverNowUs()),
  );
  const setScope = useCallback(
    (change: (before: Scope) => Scope) => setScopeAsIs((before) => upToNow(change(before), serverNowUs())),
    [],
  );
  useEffect(() => {
    if (shown.focusId) keep(LAST, shown.focusId);
  }, [shown.focusId]);
  const { spanUs } = scope;
  useEffect(() => {
    // Not with every notch of the wheel: browsers count changes of the address and refuse too many.
    const timer = window.setTimeout(() => writeQuery(queryOfPlace({ ...shown, atUs, epoch, spanUs })), 250);
    return () => window.clearTimeout(timer);
  }, [shown, atUs, epoch, spanUs, writeQuery]);
  const goTo = useCallback(
    (us: number, run: number | null) => {
      setAt(us, run);
      setScope((before) => follow(before, us));
    },
    [setAt, setScope],
  );
  return {
    ...shown,
    atUs,
    epoch,
    scope,
    choose: useCallback((id) => setShown((before) => chosen(before, id)), []),
    add: useCallback((id) => setShown((before) => added(before, id)), []),
    remove: useCallback((id) => setShown((before) => removed(before, id)), []),
    focus: useCallback((id) => setShown((before) => ({ ...before, focusId: id })), []),
    setLayout: useCallback((layout) => setShown((before) => laidOut(before, layout)), []),
    goTo,
    setAt,
    setScope,
  };
}
