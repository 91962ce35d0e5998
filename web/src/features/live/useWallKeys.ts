import type { InputRef } from 'antd';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { type PageKey, useKeys } from '@/lib/keys';
import {
  type Arrow,
  chooseLayout,
  clearTile,
  focusTile,
  LAYOUT_KEYS,
  LAYOUTS,
  neighbour,
  toggleEnlarged,
  useWall,
} from './wall';

type Grid = RefObject<HTMLElement | null>;

/** Keys choose the layout, arrows the tile, Enter enlarges it, M is its loudspeaker, a slash goes to the search. */
export function useWallKeys(search: RefObject<InputRef | null>, grid: Grid): void {
  const { t } = useTranslation();
  const shown = () => useWall.getState().enlarged ?? useWall.getState().focused;
  const arrows = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] as const;
  const layouts = LAYOUTS.map(
    (layout): PageKey => ({
      keys: [LAYOUT_KEYS[layout]],
      does: t('keys.layout', { count: layout }),
      act: () => chooseLayout(layout),
    }),
  );
  useKeys(t('menu.live'), [
    ...layouts,
    { keys: arrows, does: t('keys.tile'), act: ({ key }) => moveFocus(grid, key as Arrow) },
    { keys: ['Enter'], does: t('keys.enlarge'), act: () => toggleEnlarged(useWall.getState().focused) },
    {
      keys: ['Escape'],
      does: t('keys.shrink'),
      overControls: true,
      act: () => {
        const { enlarged } = useWall.getState();
        return enlarged !== null && toggleEnlarged(enlarged);
      },
    },
    { keys: ['Delete'], does: t('keys.clearTile'), act: ({ target }) => isTile(target) && clearTile(shown()) },
    { keys: ['m'], does: t('keys.sound'), act: () => press(grid, shown(), 'sound') },
    { keys: ['r'], does: t('live.key.replay'), act: () => press(grid, shown(), 'replay') },
    { keys: ['p'], does: t('live.key.ptz'), act: () => press(grid, shown(), 'ptz') },
    { keys: ['s'], does: t('live.key.snapshot'), act: () => press(grid, shown(), 'snapshot') },
    { keys: ['/'], does: t('keys.find'), act: () => search.current?.focus() },
  ]);
}

const isTile = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.dataset.tile !== undefined;

function press(grid: Grid, tile: number, tool: string): void {
  grid.current?.querySelector<HTMLButtonElement>(`[data-tile="${tile}"] [data-testid="${tool}"]`)?.click();
}

function moveFocus(grid: Grid, arrow: Arrow): boolean {
  const { layout, focused, enlarged } = useWall.getState();
  if (enlarged !== null) return false;
  const tile = neighbour(layout, focused, arrow);
  focusTile(tile);
  grid.current?.querySelector<HTMLElement>(`[data-tile="${tile}"]`)?.focus();
  return true;
}
