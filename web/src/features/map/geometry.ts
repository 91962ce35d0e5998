/** Shapes on the map, in degrees of WGS-84. */

export type Point = readonly [longitude: number, latitude: number];

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Metres of one degree along a meridian; the map needs no better. */
const DEGREE_M = 111_195;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** The point that lies so many metres off in a direction (degrees clockwise from north). */
export function pointAt([longitude, latitude]: Point, direction: number, metres: number): Point {
  const north = (metres * Math.cos(radians(direction))) / DEGREE_M;
  const east = (metres * Math.sin(radians(direction))) / (DEGREE_M * Math.cos(radians(latitude)));
  return [longitude + east, latitude + north];
}

export const UNSAID_RANGE_M = 30;
const STEP_DEG = 6;

/** What a camera sees from above: a closed ring, from its foot along the arc and back; all around is a circle. */
export function cone(foot: Point, direction: number, field: number, metres: number): Point[] {
  const steps = Math.max(2, Math.ceil(field / STEP_DEG));
  const arc = Array.from({ length: steps + 1 }, (_, step) =>
    pointAt(foot, direction - field / 2 + (field * step) / steps, metres),
  );
  return field >= 360 ? [...arc.slice(0, -1), arc[0] as Point] : [foot, ...arc, foot];
}

/** The box around some points; null around none. */
export function boxAround(points: readonly Point[]): Box | null {
  if (points.length === 0) return null;
  const longitudes = points.map((point) => point[0]);
  const latitudes = points.map((point) => point[1]);
  return {
    west: Math.min(...longitudes),
    south: Math.min(...latitudes),
    east: Math.max(...longitudes),
    north: Math.max(...latitudes),
  };
}

/** Whether a point lies inside a ring of corners: by the number of sides that a ray to the east crosses. */
export function isInside([x, y]: Point, corners: readonly Point[]): boolean {
  let inside = false;
  for (let here = 0, before = corners.length - 1; here < corners.length; before = here++) {
    const [x1, y1] = corners[here] as Point;
    const [x2, y2] = corners[before] as Point;
    const crosses = y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1;
    if (crosses) inside = !inside;
  }
  return inside;
}

/** A box that is asked about: a little more than is seen, on a raster, so that a small move asks nothing new. */
export function askedBox(seen: Box): Box {
  const width = seen.east - seen.west;
  const raster = 2 ** Math.floor(Math.log2(Math.max(width, 1e-6))) / 4;
  const down = (value: number) => Math.floor(value / raster) * raster;
  const up = (value: number) => Math.ceil(value / raster) * raster;
  return {
    west: Math.max(-180, down(seen.west)),
    south: Math.max(-90, down(seen.south)),
    east: Math.min(180, up(seen.east)),
    north: Math.min(90, up(seen.north)),
  };
}

const STEPS = [
  30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00005, 0.00002,
  0.00001,
];
const LINES_ACROSS = 5;

/** Degrees between two lines of the grid, so that at least five cross what is seen. */
export const gridStep = (width: number): number =>
  STEPS.find((step) => width / step >= LINES_ACROSS) ?? (STEPS[STEPS.length - 1] as number);

/** Where lines of the grid are between two sides. */
export function gridLines(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toFixed(6)));
}

/** `98.49°E`, with as many digits as the grid needs. */
export function degrees(value: number, axis: 'longitude' | 'latitude', step = 0.00001): string {
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const side = axis === 'longitude' ? (value < 0 ? 'W' : 'E') : value < 0 ? 'S' : 'N';
  return `${Math.abs(value).toFixed(digits)}°${side}`;
}

/** A position as it is read out and typed in elsewhere: latitude first. */
export const positionText = (longitude: number, latitude: number): string =>
  `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`;

const TILE_PX = 512;

/** Where a position is on the whole map, in pixels at a zoom (Web Mercator). */
export function pixelOf([longitude, latitude]: Point, zoom: number): readonly [number, number] {
  const size = TILE_PX * 2 ** zoom;
  const sine = Math.sin(radians(Math.max(-85.05, Math.min(85.05, latitude))));
  return [(longitude / 360 + 0.5) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size];
}
