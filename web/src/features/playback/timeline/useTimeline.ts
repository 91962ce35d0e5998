import { useQueries } from '@tanstack/react-query';
import type { Timeline } from '@/api';
import { serverNowUs } from '@/lib/clock';
import { readTimeline } from '@/lib/server';
import { DAY_US, MINUTE_US, microsOf } from '@/lib/time';
import { blocks, type Gap, joined, type Scope, type Stretch } from './geometry';

export interface Span extends Stretch {
  epoch: number;
}

export interface Recorded {
  spans: Span[];
  gaps: Gap[];
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

/** What was recorded in a scope, put together from as many answers as it takes. */
export function useTimeline(channelId: string | null, scope: Scope): Recorded {
  // Rounded so that blocks change with the day and not with the clock.
  const nowUs = Math.floor(serverNowUs() / MINUTE_US) * MINUTE_US + MINUTE_US;
  const wanted = channelId ? blocks(scope, nowUs) : [];
  return useQueries({
    queries: wanted.map((block) => ({
      queryKey: ['timeline', channelId, block.startUs, block.endUs],
      queryFn: () => readTimeline(channelId ?? '', block.startUs, block.endUs),
      // The past changes when footage runs out, seldom; today grows.
      staleTime: block.endUs < nowUs - DAY_US ? 10 * 60_000 : LIVE_EVERY_MS / 2,
      refetchInterval: block.endUs < nowUs ? (false as const) : LIVE_EVERY_MS,
    })),
    combine: recordedIn,
  });
}

function recordedIn(answers: Answer[]): Recorded {
  const known = answers.flatMap((answer) => (answer.data ? [answer.data] : []));
  const until = known.flatMap((one) => (one.recording_until ? [microsOf(one.recording_until)] : []));
  return {
    spans: joined(known.flatMap(spansOf), (a, b) => a.epoch === b.epoch),
    gaps: joined(known.flatMap(gapsOf), (a, b) => a.cause === b.cause),
    untilUs: until.length > 0 ? Math.max(...until) : null,
    pending: answers.some((answer) => answer.isPending),
    error: answers.find((answer) => answer.error)?.error ?? null,
  };
}

const spansOf = (timeline: Timeline): Span[] =>
  timeline.spans.map((span) => ({
    startUs: microsOf(span.start),
    endUs: microsOf(span.end),
    epoch: span.clock_epoch,
  }));

const gapsOf = (timeline: Timeline): Gap[] =>
  timeline.gaps.map(({ start, end, cause, zh, en }) => ({
    startUs: microsOf(start),
    // A gap without end goes on: to now, and the next answer will say further.
    endUs: end ? microsOf(end) : serverNowUs(),
    cause,
    zh,
    en,
  }));
