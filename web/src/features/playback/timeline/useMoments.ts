import { useQueries } from '@tanstack/react-query';
import type { CopyMoment, Moments } from '@/api';
import { serverNowUs } from '@/lib/clock';
import { readMoments } from '@/lib/server';
import { MINUTE_US, microsOf } from '@/lib/time';
import { binOf, blocks, type Scope, type Stretch } from './geometry';

/** What the strip shows beside footage. Each with words of its own. */
export type Note =
  | (Stretch & { kind: 'hold'; id: string; reason: string; by: string })
  | (Stretch & { kind: 'event'; id: string; name: string; count: number })
  | (Stretch & { kind: 'alert'; id: string; severity: 'notice' | 'warning' | 'critical'; zh: string; en: string })
  | (Stretch & { kind: 'clock'; id: string; epoch: number; stepMs: number | null })
  | (Stretch & { kind: 'mark'; id: string; name: string; by: string; byMe: boolean })
  | (Stretch & { kind: 'copy'; id: string; state: CopyMoment['state']; by: string; byMe: boolean; createdUs: number });

export type NoteKind = Note['kind'];
export type NoteOf<K extends NoteKind> = Extract<Note, { kind: K }>;

export const MOMENTS_KEY = ['moments'] as const;
const EVERY_MS = 15_000;
const USUAL_PX = 1400;
const NONE: Note[] = [];

/** Holds, events, alerts, set clocks, marks and copies of a scope, in the order of time. */
export function useMoments(channelId: string | null, scope: Scope): Note[] {
  const nowUs = Math.floor(serverNowUs() / MINUTE_US) * MINUTE_US + MINUTE_US;
  const bin = binOf(scope.spanUs, USUAL_PX);
  const wanted = channelId ? blocks(scope, nowUs) : [];
  return useQueries({
    queries: wanted.map((block) => ({
      queryKey: [...MOMENTS_KEY, channelId, bin, block.startUs, block.endUs],
      queryFn: () => readMoments(channelId ?? '', block.startUs, block.endUs, bin),
      staleTime: EVERY_MS / 2,
      refetchInterval: EVERY_MS,
    })),
    combine: together,
  });
}

function together(answers: { data: Moments | undefined }[]): Note[] {
  // What lies over the border of two answers is in both.
  const found = new Map<string, Note>();
  for (const { data } of answers)
    for (const note of data ? notesOf(data) : []) found.set(`${note.kind}${note.id}`, note);
  return found.size === 0 ? NONE : [...found.values()].sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs);
}

export function notesOf({ holds, events, alerts, clocks, marks, copies }: Moments): Note[] {
  const span = (one: { start: string; end: string }) => ({ startUs: microsOf(one.start), endUs: microsOf(one.end) });
  return [
    ...(holds ?? []).map(
      (one): Note => ({ kind: 'hold', ...span(one), id: one.id, reason: one.reason, by: one.placed_by }),
    ),
    ...events.map((one): Note => ({ kind: 'event', ...span(one), id: one.start, name: one.name, count: one.count })),
    ...(alerts ?? []).map(
      ({ id, start, end, severity, title }): Note => ({
        kind: 'alert',
        id,
        startUs: microsOf(start),
        endUs: end ? microsOf(end) : serverNowUs(),
        severity,
        zh: title.zh,
        en: title.en,
      }),
    ),
    ...clocks.map(
      ({ at, clock_epoch, step_ms }): Note => ({
        kind: 'clock',
        startUs: microsOf(at),
        endUs: microsOf(at),
        id: String(clock_epoch),
        epoch: clock_epoch,
        stepMs: step_ms,
      }),
    ),
    ...marks.map(
      (one): Note => ({
        kind: 'mark',
        ...span(one),
        id: one.id,
        name: one.name,
        by: one.placed_by,
        byMe: one.placed_by_me,
      }),
    ),
    ...(copies ?? []).map(
      (one): Note => ({
        kind: 'copy',
        ...span(one),
        id: `${one.created_at}${one.by}`,
        state: one.state,
        by: one.by,
        byMe: one.by_me,
        createdUs: microsOf(one.created_at),
      }),
    ),
  ];
}

export const ofKind = <K extends NoteKind>(notes: readonly Note[], kind: K): NoteOf<K>[] =>
  notes.filter((note): note is NoteOf<K> => note.kind === kind);
