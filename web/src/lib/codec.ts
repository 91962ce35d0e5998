const NAMES: readonly [RegExp, string][] = [
  [/avc[13]|h264/i, 'H.264'],
  [/hvc1|hev1|h265|hevc/i, 'H.265'],
];

/** The name people know of a codec or of a whole media type. */
export const codecName = (codecOrMime: string): string =>
  NAMES.find(([pattern]) => pattern.test(codecOrMime))?.[1] ?? codecOrMime;
