import { describe, expect, it } from 'vitest';
import { type Facts, FROZEN_AFTER_MS, liveState, patienceMs } from './liveState';

const NOTHING: Facts = { halted: null, unsupportedMime: null, source: null, retry: null, shown: null };
const NOW = 100_000;
const fresh = { wallUs: 5, atMs: NOW - 100 };
const old = { wallUs: 5, atMs: NOW - FROZEN_AFTER_MS - 1 };
const retry = { attempt: 2, reason: 'closed' as const };
const offline = { state: 'offline' as const, sinceUs: 9, problem: null };
const connecting = { state: 'connecting' as const, sinceUs: 9, problem: null };
const recording = { state: 'recording' as const, sinceUs: 9, problem: null };

describe('what a tile says', () => {
  it.each<[string, Partial<Facts>, string]>([
    ['nothing yet', {}, 'connecting'],
    ['a fresh picture', { shown: fresh, source: recording }, 'playing'],
    ['a fresh picture while the socket is being renewed', { shown: fresh, retry }, 'playing'],
    ['an old picture though the server says recording', { shown: old, source: recording }, 'frozen'],
    ['an old picture and no socket', { shown: old, retry }, 'frozen'],
    ['an old picture of a camera that is away', { shown: old, source: offline }, 'offline'],
    ['an old picture, offline said before the socket broke', { shown: old, source: offline, retry }, 'frozen'],
    ['a camera that was away from the start', { source: offline }, 'offline'],
    ['no picture and no socket', { retry }, 'retrying'],
    ['a codec that the browser lacks', { unsupportedMime: 'x', source: offline }, 'unsupported'],
    ['no permission', { halted: 'refused', shown: fresh }, 'refused'],
    ['a hidden page', { halted: 'paused', shown: old }, 'paused'],
  ])('%s', (_name, facts, kind) => expect(liveState({ ...NOTHING, ...facts }, NOW).kind).toBe(kind));

  it('never calls a picture live that is older than two seconds', () => {
    for (const facts of [{ source: recording }, { source: connecting }, { retry }, {}]) {
      const state = liveState({ ...NOTHING, ...facts, shown: old }, NOW);
      expect(state).toMatchObject({ kind: 'frozen', wallUs: 5 });
    }
  });

  it('tells our own waiting from the waiting of the server', () => {
    expect(liveState({ ...NOTHING, source: connecting }, NOW)).toEqual({ kind: 'connecting', camera: true });
    expect(liveState({ ...NOTHING, source: recording }, NOW)).toEqual({ kind: 'connecting', camera: false });
  });
});

it.each([
  [0, 5000],
  [2000, 5000],
  [4000, 8000],
])('with a key frame each %d ms the patience is %d ms', (interval, patience) =>
  expect(patienceMs(interval)).toBe(patience),
);
