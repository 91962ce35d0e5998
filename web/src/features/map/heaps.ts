import type { MapCamera, MapHeap } from '@/api';
import { type Box, boxAround, pixelOf } from './geometry';

/** What one mark on the map stands for: a camera, cameras too close to tell apart, or a heap of the server's. */
export interface Mark {
  key: string;
  longitude: number;
  latitude: number;
  cameras: number;
  offline: number;
  /** The state that needs a look most, of those that are known. */
  state: MapCamera['state'];
  /** Who they are, where the server said so. */
  ids: readonly string[];
  box: Box;
}

/** What needs a look comes first. */
const URGENCY: readonly MapCamera['state'][] = ['offline', 'connecting', 'standby', 'recording'];
export const worst = (states: readonly MapCamera['state'][]): MapCamera['state'] =>
  URGENCY.find((state) => states.includes(state)) ?? 'recording';

const CLOSE_PX = 30;

/** Cameras one by one, and as one mark where their marks would lie on each other at this zoom. */
export function marksOf(cameras: readonly MapCamera[], zoom: number): Mark[] {
  const cells = new Map<string, MapCamera[]>();
  for (const camera of cameras) {
    const [x, y] = pixelOf([camera.longitude, camera.latitude], Math.floor(zoom));
    const cell = `${Math.floor(x / CLOSE_PX)}:${Math.floor(y / CLOSE_PX)}`;
    const held = cells.get(cell);
    if (held) held.push(camera);
    else cells.set(cell, [camera]);
  }
  return [...cells.values()].map(markOf);
}

function markOf(cameras: MapCamera[]): Mark {
  const states = cameras.map((camera) => camera.state);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const ids = cameras.map((camera) => camera.id);
  return {
    key: ids.length === 1 ? (ids[0] as string) : `many:${ids[0]}:${ids.length}`,
    longitude: mean(cameras.map((camera) => camera.longitude)),
    latitude: mean(cameras.map((camera) => camera.latitude)),
    cameras: cameras.length,
    offline: states.filter((state) => state === 'offline').length,
    state: worst(states),
    ids,
    box: boxAround(cameras.map((camera) => [camera.longitude, camera.latitude])) as Box,
  };
}

export const markOfHeap = (heap: MapHeap): Mark => ({
  key: `heap:${heap.box.west}:${heap.box.south}:${heap.cameras}`,
  longitude: heap.longitude,
  latitude: heap.latitude,
  cameras: heap.cameras,
  offline: heap.offline,
  state: heap.offline > 0 ? 'offline' : 'recording',
  ids: [],
  box: heap.box,
});

const APART_DEG = 0.00002;

/** Whether a closer look would tell them apart. */
export const opensByZoom = ({ box }: Mark): boolean =>
  box.east - box.west > APART_DEG || box.north - box.south > APART_DEG;
