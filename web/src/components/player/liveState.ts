import type { Problem } from '@/api';

/** Why the player knocks again. */
export type RetryReason = 'closed' | 'timeout' | 'decode';

export interface Source {
  state: 'recording' | 'standby' | 'connecting' | 'offline';
  sinceUs: number;
  problem: Problem | null;
}

export type LiveState =
  | { kind: 'idle' }
  | { kind: 'paused' }
  | { kind: 'connecting'; camera: boolean }
  | { kind: 'playing' }
  | { kind: 'frozen'; wallUs: number; retry: Retry | null; camera: boolean }
  | { kind: 'offline'; sinceUs: number; problem: Problem | null; wallUs: number | null }
  | { kind: 'retrying'; retry: Retry }
  | { kind: 'unsupported'; mime: string }
  | { kind: 'refused' };

export interface Retry {
  attempt: number;
  reason: RetryReason;
}

/** A picture older than this is not live and must not look as if it were. */
export const FROZEN_AFTER_MS = 2000;

export interface Facts {
  halted: 'paused' | 'refused' | null;
  unsupportedMime: string | null;
  source: Source | null;
  retry: Retry | null;
  /** The newest frame that reached the screen and is still there: its wall time and when it was presented (monotonic). */
  shown: { wallUs: number; atMs: number } | null;
}

/**
 * What a tile must say, decided from the facts alone. A moving picture wins over every message about the way it came.
 * `camera` in a state: it is the server that waits for the camera, not we for the server.
 */
export function liveState(facts: Facts, nowMs: number): LiveState {
  if (facts.halted) return { kind: facts.halted };
  if (facts.unsupportedMime) return { kind: 'unsupported', mime: facts.unsupportedMime };
  const { shown, source, retry } = facts;
  if (shown && nowMs - shown.atMs <= FROZEN_AFTER_MS) return { kind: 'playing' };
  if (source?.state === 'offline' && !retry) {
    return { kind: 'offline', sinceUs: source.sinceUs, problem: source.problem, wallUs: shown?.wallUs ?? null };
  }
  const camera = source?.state === 'connecting';
  if (shown) return { kind: 'frozen', wallUs: shown.wallUs, retry, camera };
  return retry ? { kind: 'retrying', retry } : { kind: 'connecting', camera };
}

const LEAST_PATIENCE_MS = 5000;

/** How long to wait for a picture: a camera with rare key frames is slow to start, not broken. */
export const patienceMs = (keyIntervalMs: number): number => Math.max(LEAST_PATIENCE_MS, 2 * keyIntervalMs);
