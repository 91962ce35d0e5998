import type { TFunction } from 'i18next';
import type { Sound } from '@/api';

const NAMES: readonly [RegExp, string][] = [
  [/avc[13]|h264/i, 'H.264'],
  [/hvc1|hev1|h265|hevc/i, 'H.265'],
];
const SOUND_NAMES: Readonly<Record<string, string>> = { aac: 'AAC', alaw: 'G.711A', ulaw: 'G.711µ' };

/** The name people know of a codec or of a whole media type. */
export const codecName = (codecOrMime: string): string =>
  NAMES.find(([pattern]) => pattern.test(codecOrMime))?.[1] ?? codecOrMime;

export const soundName = (codec: string): string => SOUND_NAMES[codec] ?? codec;

/** `AAC 16 kHz 单声道` */
export function soundWords({ codec, rate, channels }: Sound, t: TFunction): string {
  const ways = channels === 1 ? t('sound.mono') : channels === 2 ? t('sound.stereo') : t('sound.ways', { channels });
  return `${soundName(codec)} ${rate / 1000} kHz ${ways}`;
}
