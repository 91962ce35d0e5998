import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { MapCamera } from '@/api';
import type { Palette } from '@/lib/theme';
import { type Box, cone, gridLines, gridStep, type Point, UNSAID_RANGE_M } from './geometry';

const collection = (features: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features });

export const STATE_COLOUR = {
  recording: 'good',
  standby: 'muted',
  connecting: 'warn',
  offline: 'bad',
} as const satisfies Record<MapCamera['state'], keyof Palette>;

/** What each camera sees, of those of which it is said where they look and how wide. */
export function conesOf(cameras: readonly MapCamera[], palette: Palette): FeatureCollection {
  return collection(
    cameras.flatMap(({ longitude, latitude, direction, field, range_m, state, id }): Feature[] => {
      if (field === null || (direction === null && field < 360)) return [];
      const ring = cone([longitude, latitude], direction ?? 0, field, range_m ?? UNSAID_RANGE_M);
      return [
        {
          type: 'Feature',
          properties: { id, colour: palette[STATE_COLOUR[state]] },
          geometry: { type: 'Polygon', coordinates: [ring.map((point) => [...point])] },
        },
      ];
    }),
  );
}

export interface Grid {
  step: number;
  longitudes: number[];
  latitudes: number[];
}

export function gridOf({ west, south, east, north }: Box): Grid {
  const step = gridStep(Math.max(east - west, 1e-6));
  return { step, longitudes: gridLines(west, east, step), latitudes: gridLines(south, north, step) };
}

export function linesOf({ longitudes, latitudes }: Grid, { west, south, east, north }: Box): FeatureCollection {
  const line = (coordinates: number[][]): Feature => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'LineString', coordinates },
  });
  return collection([
    ...longitudes.map((x) =>
      line([
        [x, south],
        [x, north],
      ]),
    ),
    ...latitudes.map((y) =>
      line([
        [west, y],
        [east, y],
      ]),
    ),
  ]);
}

export function areaOf(corners: readonly Point[]): FeatureCollection {
  const points = corners.map((point): Geometry => ({ type: 'Point', coordinates: [...point] }));
  return collection(
    [...outlineOf(corners), ...points].map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
  );
}

function outlineOf(corners: readonly Point[]): Geometry[] {
  if (corners.length < 2) return [];
  const ring = [...corners, corners[0] as Point].map((point) => [...point]);
  if (corners.length === 2) return [{ type: 'LineString', coordinates: ring.slice(0, 2) }];
  return [{ type: 'Polygon', coordinates: [ring] }];
}
