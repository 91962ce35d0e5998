import type { TFunction } from 'i18next';
import { durationWords } from '@/lib/duration';

/** More than this misleads whoever compares the time burnt into the picture with the log. */
const WRONG_S = 2;

export const isWrong = (errorS: number): boolean => Math.abs(errorS) > WRONG_S;

/** "2 小时 3 分 fast", or to the hundredth where it is small. */
export function clockErrorWords(errorS: number, t: TFunction): string {
  const size = Math.abs(errorS);
  if (size < 0.05) return t('connections.exact');
  const words = size < 60 ? t('duration.seconds', { count: Number(size.toFixed(2)) }) : durationWords(size * 1e6, t);
  return t(errorS > 0 ? 'connections.fast' : 'connections.slow', { size: words });
}

const DAY_S = 86_400;

/** Parts in a million say little: what they come to in a day. */
export function driftWords(ppm: number, t: TFunction): string {
  const seconds = Number(Math.abs((ppm / 1e6) * DAY_S).toFixed(2));
  if (seconds === 0) return t('connections.steady');
  return t(ppm > 0 ? 'connections.gains' : 'connections.loses', { seconds });
}
