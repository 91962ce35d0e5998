import type { Check } from '@/api';

export const isGoing = ({ state }: Pick<Check, 'state'>): boolean => state === 'queued' || state === 'running';

type Counts = Pick<Check, 'segments_done' | 'segments_total' | 'bytes_done' | 'bytes_total'>;

/** How far a check is, 0 to 1: by bytes where it reads them, else by segments. Totals are estimates: it is never done before it is. */
export function shareOf({ segments_done, segments_total, bytes_done, bytes_total }: Counts): number {
  if (bytes_total > 0) return Math.min(0.99, bytes_done / bytes_total);
  return segments_total > 0 ? Math.min(0.99, segments_done / segments_total) : 0;
}
