const FIRST_MS = 1000;
const LAST_MS = 30_000;

/**
 * Wait before retry number `attempt` (0 is the first): 1, 2, 4, 8 s and so on up to 30 s, spread by ±25 % so
 * that the tiles of a wall do not knock on a restarted server in the same instant. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const base = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.75 + random / 2));
}
