const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size as disks are sold by: powers of a thousand, three digits that matter. */
export function bytesWords(bytes: number): string {
  const size = Math.max(0, bytes);
  const power = size < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  // 999.96 MB would become "1000 MB" by rounding alone.
  if (value >= 999.5 && power < UNITS.length - 1) return `1 ${UNITS[power + 1]}`;
  return `${Number(value.toPrecision(3))} ${UNITS[power]}`;
}
