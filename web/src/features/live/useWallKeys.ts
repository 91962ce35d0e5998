import type { InputRef } from 'antd';
import { type RefObject, useEffect } from 'react';
import { type Arrow, chooseLayout, focusTile, LAYOUT_KEYS, LAYOUTS, neighbour, toggleEnlarged, useWall } from './wall';

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const isArrow = (key: string): key is Arrow => /^Arrow(Left|Right|Up|Down)$/.test(key);

/** Digits choose the layout, arrows the tile, Enter enlarges it, M is its loudspeaker, a slash goes to the search. */
export function useWallKeys(search: RefObject<InputRef | null>, grid: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
      if (act(event, search, grid)) event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [search, grid]);
}

function act(
  { key, target }: KeyboardEvent,
  search: RefObject<InputRef | null>,
  grid: RefObject<HTMLElement | null>,
): boolean {
  const { layout, focused, enlarged } = useWall.getState();
  const chosen = LAYOUTS.find((one) => LAYOUT_KEYS[one] === key);
  if (chosen) chooseLayout(chosen);
  else if (key === '/') search.current?.focus();
  else if (key === 'm' || key === 'M') pressSound(grid, enlarged ?? focused);
  else if (isArrow(key) && enlarged === null) moveFocus(grid, neighbour(layout, focused, key));
  // Enter on a button is that button's own.
  else if (key === 'Enter' && !(target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement))
    toggleEnlarged(focused);
  else if (key === 'Escape' && enlarged !== null) toggleEnlarged(enlarged);
  else return false;
  return true;
}

function pressSound(grid: RefObject<HTMLElement | null>, tile: number): void {
  grid.current?.querySelector<HTMLButtonElement>(`[data-tile="${tile}"] [data-testid="sound"]`)?.click();
}

function moveFocus(grid: RefObject<HTMLElement | null>, tile: number): void {
  focusTile(tile);
  grid.current?.querySelector<HTMLElement>(`[data-tile="${tile}"]`)?.focus();
}
