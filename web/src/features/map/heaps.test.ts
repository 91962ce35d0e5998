import { describe, expect, it } from 'vitest';
import type { MapCamera } from '@/api';
import { markOfHeap, marksOf, opensByZoom, worst } from './heaps';

const camera = (id: string, longitude: number, latitude: number, state: MapCamera['state'] = 'recording') =>
  ({ id, longitude, latitude, state }) as MapCamera;

describe('marks', () => {
  const here = [camera('a', 98.5, 25.02), camera('b', 98.5001, 25.02, 'offline'), camera('c', 98.6, 25.1)];

  it('are cameras one by one where there is room', () => {
    const marks = marksOf(here, 20);
    expect(marks.map((mark) => mark.ids)).toEqual([['a'], ['b'], ['c']]);
    expect(marks.map((mark) => mark.state)).toEqual(['recording', 'offline', 'recording']);
  });

  it('are one where they would lie on each other, and show the worst', () => {
    const [two, one] = marksOf(here, 12);
    expect(two?.ids).toEqual(['a', 'b']);
    expect([two?.cameras, two?.offline, two?.state]).toEqual([2, 1, 'offline']);
    expect(two?.longitude).toBeCloseTo(98.50005, 6);
    expect(opensByZoom(two as NonNullable<typeof two>)).toBe(true);
    expect(one?.ids).toEqual(['c']);
  });

  it('lose no camera at any zoom', () => {
    for (let zoom = 0; zoom <= 22; zoom += 0.5) {
      expect(marksOf(here, zoom).reduce((sum, mark) => sum + mark.cameras, 0)).toBe(3);
    }
  });

  it('at one address do not open by zooming', () => {
    const [mark] = marksOf([camera('a', 98.5, 25), camera('b', 98.5, 25)], 22);
    expect(mark?.cameras).toBe(2);
    expect(opensByZoom(mark as NonNullable<typeof mark>)).toBe(false);
  });
});

it('of the server count what is offline in them', () => {
  const box = { west: 98, south: 25, east: 99, north: 26 };
  const heap = { cameras: 40, offline: 2, longitude: 98.5, latitude: 25.5, box, region_zh: '', region_en: '' };
  expect(markOfHeap(heap).state).toBe('offline');
  expect(markOfHeap({ ...heap, offline: 0 }).state).toBe('recording');
});

it('what needs a look comes first', () => {
  expect(worst(['recording', 'connecting', 'standby'])).toBe('connecting');
  expect(worst(['recording', 'standby'])).toBe('standby');
});
