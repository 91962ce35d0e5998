import type { Box } from './geometry';

/** What is seen of the map, in the address: four sides with as many digits as a street needs. */
export function boxOfQuery(query: URLSearchParams): Box | null {
  const sides = (query.get('box') ?? '').split(',').map(Number);
  const [west, south, east, north] = sides as [number, number, number, number];
  const fits = sides.length === 4 && sides.every(Number.isFinite) && west < east && south < north;
  const onEarth = west >= -180 && east <= 180 && south >= -90 && north <= 90;
  return fits && onEarth ? { west, south, east, north } : null;
}

export const queryOfBox = ({ west, south, east, north }: Box): string =>
  [Math.max(-180, west), Math.max(-90, south), Math.min(180, east), Math.min(90, north)]
    .map((side) => side.toFixed(5))
    .join(',');

/** The most tiles that the wall has, and channels that play in step. */
const LAYOUTS = [1, 4, 9, 16, 25] as const;
export const MOST_ON_WALL = 25;
export const MOST_IN_STEP = 9;

export function wallAddress(ids: readonly string[]): string {
  const shown = ids.slice(0, MOST_ON_WALL);
  const layout = LAYOUTS.find((tiles) => tiles >= shown.length) ?? MOST_ON_WALL;
  return `/live?layout=${layout}&channels=${shown.join(',')}`;
}

/** The first is the one whose timeline leads. */
export function stepAddress(ids: readonly string[]): string {
  return `/playback?channel=${ids.slice(0, MOST_IN_STEP).join(',')}`;
}
