import type { TFunction } from 'i18next';
import { durationOf } from '@/lib/time';

/** A duration in its two largest units: "2 d 3 h", "2 min 10 s". */
export function durationWords(us: number, t: TFunction): string {
  const { days, hours, minutes, seconds } = durationOf(us);
  const parts = [
    days > 0 ? t('duration.days', { count: days }) : '',
    hours > 0 ? t('duration.hours', { count: hours }) : '',
    minutes > 0 ? t('duration.minutes', { count: minutes }) : '',
    seconds > 0 ? t('duration.seconds', { count: seconds }) : '',
  ];
  const from = parts.findIndex(Boolean);
  if (from < 0) return t('duration.seconds', { count: 0 });
  return parts
    .slice(from, from + 2)
    .filter(Boolean)
    .join(' ');
}
