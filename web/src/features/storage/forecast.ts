/** What the days until a group is full mean, and the date in words. Pure. */
import { DAY_US, dateOf } from '@/lib/time';

export type Urgency = 'calm' | 'soon' | 'now';

const NOW_DAYS = 3;
const SOON_DAYS = 14;

/** `null` days: it does not fill up. */
export function urgencyOf(daysLeft: number | null): Urgency {
  if (daysLeft === null || daysLeft > SOON_DAYS) return 'calm';
  return daysLeft > NOW_DAYS ? 'soon' : 'now';
}

/** The date on which it is full, when that is far enough away to be said as a date, and near enough to mean something. */
export function fullOn(daysLeft: number | null, nowUs: number): string | null {
  if (daysLeft === null || daysLeft < 1 || daysLeft > 3650) return null;
  return dateOf(nowUs + daysLeft * DAY_US);
}

export interface Room {
  used_bytes: number;
  free_bytes: number | null;
  limit_bytes: number | null;
}

/**
 * How a disk is divided, as shares of its whole: footage, room that new footage may take, and the rest (other files,
 * or what lies beyond the volume's limit). Null while the volume is missing.
 */
export function sharesOf({ used_bytes, free_bytes, limit_bytes }: Room): { used: number; free: number } | null {
  if (free_bytes === null) return null;
  const free = limit_bytes === null ? free_bytes : Math.min(free_bytes, Math.max(0, limit_bytes - used_bytes));
  const whole = limit_bytes === null ? used_bytes + free_bytes : Math.max(limit_bytes, used_bytes);
  return whole > 0 ? { used: used_bytes / whole, free: free / whole } : { used: 0, free: 0 };
}
