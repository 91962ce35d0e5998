import { useQueries } from '@tanstack/react-query';
import { useRef } from 'react';
import type { Timeline } from '@/api';
import { serverNowUs } from '@/lib/clock';
import { readTimeline } from '@/lib/server';
import { DAY_US, MINUTE_US, microsOf } from '@/lib/time';
import { binOf, blocks, type Gap, type Scope } from './geometry';
import { extents, type InRun, joinedRuns, type Repeated, repeated } from './runs';

/** Seconds that were recorded and cannot be shown as they were. */
export interface Damage extends InRun {
  kind: string;
  zh: string;
  en: string;
}

export interface Recorded {
  spans: InRun[];
  gaps: Gap[];
  damage: Damage[];
  /** Wall time that the server's clock ran more than once. */
  zones: Repeated[];
  /** Where the server's clock was set: the first moment of each later run. */
  turns: InRun[];
  /** Up to where the channel records; null when it does not. */
  untilUs: number | null;
  pending: boolean;
  error: unknown;
}

const LIVE_EVERY_MS = 5_000;

interface Answer {
  data: Timeline | undefined;
  isPending: boolean;
  error: unknown;
}

/** About the width of a strip; what the server puts together is finer than that by up to four times. */
const USUAL_PX = 1400;

/**
 * What was recorded in a scope, put together from as many answers as it takes. While another zoom of the same channel
 * is on its way, what is known of it stays.
 */
export function useTimeline(channelId: string | null, scope: Scope): Recorded {
  const bin = binOf(scope.spanUs, USUAL_PX);
  // Rounded so that blocks change with the day and not with the clock.
  const nowUs = Math.floor(serverNowUs() / MINUTE_US) * MINUTE_US + MINUTE_US;
  const wanted = channelId ? blocks(scope, nowUs) : [];
  const known = useRef<{ channelId: string | null; recorded: Recorded } | null>(null);
  const now = useQueries({
    queries: wanted.map((block) => ({
      queryKey: ['timeline', channelId, bin, block.startUs, block.endUs],
      queryFn: () => readTimeline(channelId ?? '', block.startUs, block.endUs, bin),
      // The past changes when footage runs out, seldom; today grows.
      staleTime: block.endUs < nowUs - DAY_US ? 10 * 60_000 : LIVE_EVERY_MS / 2,
      refetchInterval: block.endUs < nowUs ? (false as const) : LIVE_EVERY_MS,
    })),
    combine: recordedIn,
  });
  if (!now.pending) known.current = { channelId, recorded: now };
  const before = known.current?.channelId === channelId ? known.current.recorded : null;
  return now.pending && before ? before : now;
}

function recordedIn(answers: Answer[]): Recorded {
  const known = answers.flatMap((answer) => (answer.data ? [answer.data] : []));
  const until = known.flatMap((one) => (one.recording_until ? [microsOf(one.recording_until)] : []));
  const spans = joinedRuns(known.flatMap(spansOf), () => true);
  const runs = extents(spans);
  return {
    spans,
    gaps: joinedRuns(known.flatMap(gapsOf), (a, b) => a.count === 1 && b.count === 1 && a.cause === b.cause),
    damage: joinedRuns(known.flatMap(damageOf), (a, b) => a.kind === b.kind),
    zones: repeated(runs),
    turns: runs.slice(1),
    untilUs: until.length > 0 ? Math.max(...until) : null,
    pending: answers.some((answer) => answer.isPending),
    error: answers.find((answer) => answer.error)?.error ?? null,
  };
}

const spansOf = (timeline: Timeline): InRun[] =>
  timeline.spans.map((span) => ({
    startUs: microsOf(span.start),
    endUs: microsOf(span.end),
    epoch: span.clock_epoch,
  }));

const gapsOf = (timeline: Timeline): Gap[] =>
  timeline.gaps.map(({ start, end, clock_epoch, cause, count, missing_ms, zh, en }) => ({
    startUs: microsOf(start),
    // A gap without end goes on: to now, and the next answer will say further.
    endUs: end ? microsOf(end) : serverNowUs(),
    epoch: clock_epoch,
    cause,
    count,
    missingUs: missing_ms * 1000,
    zh,
    en,
  }));

const damageOf = (timeline: Timeline): Damage[] =>
  timeline.damage.map(({ start, end, clock_epoch, kind, zh, en }) => ({
    startUs: microsOf(start),
    endUs: microsOf(end),
    epoch: clock_epoch,
    kind,
    zh,
    en,
  }));
