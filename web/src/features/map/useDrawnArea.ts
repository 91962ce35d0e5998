import { useCallback, useEffect, useState } from 'react';
import type { Box, Point } from './geometry';

const LEAST_CORNERS = 3;
const MOST_CORNERS = 100;

export interface DrawnArea {
  corners: readonly Point[];
  drawing: boolean;
  begin: () => void;
  add: (point: Point) => void;
  close: () => void;
  /** The area of a box: what who uses no mouse takes. */
  take: (box: Box) => void;
  end: () => void;
}

/** An area by its corners: Enter closes it, Backspace takes the last corner back, Escape gives it up. */
export function useDrawnArea(): DrawnArea {
  const [corners, setCorners] = useState<readonly Point[]>([]);
  const [drawing, setDrawing] = useState(false);
  const begin = () => {
    setCorners([]);
    setDrawing(true);
  };
  const end = useCallback(() => {
    setCorners([]);
    setDrawing(false);
  }, []);
  const enough = corners.length >= LEAST_CORNERS;
  const close = useCallback(() => enough && setDrawing(false), [enough]);
  const add = (point: Point) => setCorners((before) => (before.length < MOST_CORNERS ? [...before, point] : before));
  const take = ({ west, south, east, north }: Box) => {
    setCorners([
      [west, south],
      [east, south],
      [east, north],
      [west, north],
    ]);
    setDrawing(false);
  };
  useEffect(() => {
    if (!drawing) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Enter') close();
      else if (event.key === 'Escape') end();
      else if (event.key === 'Backspace') setCorners((before) => before.slice(0, -1));
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [drawing, close, end]);
  return { corners, drawing, begin, add, close, take, end };
}
