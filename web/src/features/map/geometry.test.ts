import { describe, expect, it } from 'vitest';
import {
  askedBox,
  type Box,
  boxAround,
  cone,
  degrees,
  gridLines,
  gridStep,
  isInside,
  type Point,
  pixelOf,
  pointAt,
  positionText,
} from './geometry';

const SCHOOL: Point = [98.5, 25.02];

describe('a point so many metres off', () => {
  it.each([
    [0, 0, 0.0089932],
    [90, 0.0099252, 0],
    [180, 0, -0.0089932],
    [270, -0.0099252, 0],
  ])('%d degrees', (direction, east, north) => {
    const [longitude, latitude] = pointAt(SCHOOL, direction, 1000);
    expect(longitude - SCHOOL[0]).toBeCloseTo(east, 5);
    expect(latitude - SCHOOL[1]).toBeCloseTo(north, 5);
  });
});

describe('what a camera sees', () => {
  it('begins and ends at its foot and looks where it is turned', () => {
    const ring = cone(SCHOOL, 90, 60, 100);
    expect(ring[0]).toEqual(SCHOOL);
    expect(ring.at(-1)).toEqual(SCHOOL);
    expect(isInside(pointAt(SCHOOL, 90, 50), ring)).toBe(true);
    expect(isInside(pointAt(SCHOOL, 115, 90), ring)).toBe(true);
    expect(isInside(pointAt(SCHOOL, 125, 50), ring)).toBe(false);
    expect(isInside(pointAt(SCHOOL, 270, 10), ring)).toBe(false);
    expect(isInside(pointAt(SCHOOL, 90, 101), ring)).toBe(false);
  });

  it('is a closed circle all around', () => {
    const ring = cone(SCHOOL, 0, 360, 100);
    expect(ring[0]).toEqual(ring.at(-1));
    expect(isInside(SCHOOL, ring)).toBe(true);
  });

  it('crosses north', () => {
    const ring = cone(SCHOOL, 350, 60, 100);
    expect(isInside(pointAt(SCHOOL, 10, 50), ring)).toBe(true);
    expect(isInside(pointAt(SCHOOL, 30, 50), ring)).toBe(false);
  });
});

describe('an area', () => {
  const bent: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [2, 1],
    [0, 4],
  ];
  it.each([
    [[1, 1] as Point, true],
    [[3, 1] as Point, true],
    [[2, 2] as Point, false],
    [[5, 1] as Point, false],
    [[-1, 0] as Point, false],
  ])('holds %s: %s', (point, expected) => expect(isInside(point, bent)).toBe(expected));

  it('of no corners holds nothing', () => expect(isInside([0, 0], [])).toBe(false));
});

describe('the box that is asked about', () => {
  const SEEN: Box = { west: 98.41, south: 24.98, east: 98.59, north: 25.07 };
  it('holds what is seen and not much more', () => {
    const asked = askedBox(SEEN);
    expect(asked.west).toBeLessThanOrEqual(SEEN.west);
    expect(asked.east).toBeGreaterThanOrEqual(SEEN.east);
    expect(asked.east - asked.west).toBeLessThan((SEEN.east - SEEN.west) * 1.5);
  });
  it('stays the same while the map moves a little', () => {
    const moved = { ...SEEN, west: SEEN.west + 0.001, east: SEEN.east + 0.001 };
    expect(askedBox(moved)).toEqual(askedBox(SEEN));
  });
  it('stays on the earth', () => {
    expect(askedBox({ west: -200, south: -95, east: 200, north: 95 })).toEqual({
      west: -180,
      south: -90,
      east: 180,
      north: 90,
    });
  });
});

it('goes around points', () => {
  expect(boxAround([SCHOOL, [98, 26]])).toEqual({ west: 98, south: 25.02, east: 98.5, north: 26 });
  expect(boxAround([])).toBeNull();
});

describe('the grid', () => {
  it.each([
    [360, 30],
    [10, 2],
    [9, 1],
    [0.01, 0.002],
    [1e-9, 0.00001],
  ])('of a width of %d degrees has steps of %d', (width, step) => expect(gridStep(width)).toBe(step));
  it('has lines on round numbers', () => {
    expect(gridLines(98.41, 98.59, 0.05)).toEqual([98.45, 98.5, 98.55]);
    expect(gridLines(98.5, 98.5, 0.05)).toEqual([98.5]);
    expect(gridLines(-1, 1, 1)).toEqual([-1, 0, 1]);
  });
  it('is labelled by as many digits as it needs', () => {
    expect(degrees(98.45, 'longitude', 0.05)).toBe('98.45°E');
    expect(degrees(-25, 'latitude', 1)).toBe('25°S');
    expect(degrees(102, 'longitude', 2)).toBe('102°E');
  });
});

it('writes a position as others read it', () => expect(positionText(98.49, 25.02)).toBe('25.020000, 98.490000'));

it('knows where on the map something is', () => {
  expect(pixelOf([0, 0], 0)).toEqual([256, 256]);
  const [x, y] = pixelOf([90, 66.51326], 1);
  expect(x).toBe(768);
  expect(y).toBeCloseTo(256, 1);
});
