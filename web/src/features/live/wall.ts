import { create } from 'zustand';
import { keep, kept } from '@/lib/drafts';

export const LAYOUTS = [1, 4, 9, 16, 25] as const;
export type Layout = (typeof LAYOUTS)[number];
export const MOST_TILES = 25;
/** The key of each layout: its number, or the last digit of it. */
export const LAYOUT_KEYS: Record<Layout, string> = { 1: '1', 4: '4', 9: '9', 16: '6', 25: '5' };

/** The wall as it is put together: what survives a reload and goes into the address. */
export interface Wall {
  layout: Layout;
  /** Channel ids by tile, always as many as the largest layout has: a smaller one hides the rest and forgets nothing. */
  slots: readonly (string | null)[];
}

export interface WallState extends Wall {
  /** Tile that the keyboard and the next chosen channel go to. */
  focused: number;
  /** Tile shown alone, or null. */
  enlarged: number | null;
}

export const isLayout = (value: unknown): value is Layout => LAYOUTS.some((layout) => layout === value);

export const columnsOf = (layout: Layout): number => Math.sqrt(layout);

const ID = /^[0-9a-f-]{36}$/i;

function allSlots(ids: readonly unknown[]): (string | null)[] {
  return Array.from({ length: MOST_TILES }, (_, index) => {
    const id = ids[index];
    return typeof id === 'string' && ID.test(id) ? id : null;
  });
}

export const EMPTY_WALL: Wall = { layout: 4, slots: allSlots([]) };

/** The wall in an address (`?layout=4&channels=a,b,,c`); null when it names none. */
export function wallOfQuery(query: URLSearchParams): Wall | null {
  const layout = Number(query.get('layout'));
  const channels = query.get('channels');
  if (!isLayout(layout) && channels === null) return null;
  return { layout: isLayout(layout) ? layout : EMPTY_WALL.layout, slots: allSlots((channels ?? '').split(',')) };
}

export function queryOfWall({ layout, slots }: Wall): string {
  const channels = slots.slice(0, layout).map((id) => id ?? '');
  return new URLSearchParams({ layout: String(layout), channels: channels.join(',') })
    .toString()
    .replaceAll('%2C', ',');
}

/** A wall that was kept somewhere, by this version of the page or another. */
export function wallOf(kept: unknown): Wall | null {
  const wall = kept as Partial<Wall> | null;
  if (!wall || !isLayout(wall.layout) || !Array.isArray(wall.slots)) return null;
  return { layout: wall.layout, slots: allSlots(wall.slots) };
}

/** The next empty tile after `from` in the layout, or `from` when the wall is full. */
export function nextTile({ layout, slots }: Wall, from: number): number {
  const order = Array.from({ length: layout }, (_, step) => (from + 1 + step) % layout);
  return order.find((index) => slots[index] === null) ?? from;
}

/** Put a channel into a tile. One that is on the wall already moves there: two pictures of one camera help nobody. */
export function put(slots: readonly (string | null)[], tile: number, id: string): (string | null)[] {
  const from = slots.indexOf(id);
  return slots.map((held, index) => {
    if (index === tile) return id;
    return index === from ? (slots[tile] ?? null) : held;
  });
}

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const STEPS: Record<Arrow, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The tile that an arrow leads to; the border stops it. */
export function neighbour(layout: Layout, tile: number, arrow: Arrow): number {
  const columns = columnsOf(layout);
  const [right, down] = STEPS[arrow];
  const column = (tile % columns) + right;
  const row = Math.floor(tile / columns) + down;
  const inside = column >= 0 && column < columns && row >= 0 && row < columns;
  return inside ? row * columns + column : tile;
}

/** The channels on the screen, each once: what a view is opened for. */
export const shownChannels = ({ layout, slots }: Wall): string[] => [
  ...new Set(slots.slice(0, layout).filter((id) => id !== null)),
];

export const useWall = create<WallState>(() => ({ ...EMPTY_WALL, focused: 0, enlarged: null }));

/** The wall of the address, or of the last visit; at the very first visit the channels that are there, in order. */
export function loadWall(query: URLSearchParams, offered: readonly string[], keepAs: string | null = 'wall'): void {
  keptAs = keepAs;
  useWall.setState({ ...firstWall(query, offered, keepAs), focused: 0, enlarged: null });
}

function firstWall(query: URLSearchParams, offered: readonly string[], keepAs: string | null): Wall {
  const last = keepAs ? wallOf(kept(keepAs)) : null;
  return wallOfQuery(query) ?? last ?? { layout: EMPTY_WALL.layout, slots: allSlots(offered) };
}

/** Whether this visit has a wall to show without asking which channels there are. */
export const knowsWall = (query: URLSearchParams): boolean =>
  wallOfQuery(query) !== null || wallOf(kept('wall')) !== null;

/** The place that the wall is kept at: a second window has a wall of its own. */
let keptAs: string | null = 'wall';

function change(next: Partial<WallState>): void {
  useWall.setState(next);
  const { layout, slots } = useWall.getState();
  if (keptAs) keep(keptAs, { layout, slots });
}

/** Put a whole wall on the screen, from a name or a tour. */
export function showWall({ layout, slots }: Wall): void {
  change({ layout, slots: allSlots(slots), focused: 0, enlarged: null });
}

/** The next channel goes where there is room: a larger layout was chosen to have some. */
export function chooseLayout(layout: Layout): void {
  const { slots, focused } = useWall.getState();
  const tile = Math.min(focused, layout - 1);
  change({ layout, focused: slots[tile] ? nextTile({ layout, slots }, tile) : tile, enlarged: null });
}

/** Show a channel in the focused tile and go on to the next empty one. */
export function showChannel(id: string, tile = useWall.getState().focused): void {
  const state = useWall.getState();
  const slots = put(state.slots, tile, id);
  change({ slots, focused: state.enlarged === null ? nextTile({ layout: state.layout, slots }, tile) : tile });
}

/** Show several channels, from a tile on: a place that was dropped there. They fill what is empty first. */
export function showChannels(ids: readonly string[], tile = useWall.getState().focused): void {
  const { layout } = useWall.getState();
  let { slots } = useWall.getState();
  let at = tile;
  for (const id of ids.slice(0, layout)) {
    if (slots.slice(0, layout).includes(id)) continue;
    slots = put(slots, at, id);
    at = nextTile({ layout, slots }, at);
  }
  change({ slots, focused: at, enlarged: null });
}

export function clearTile(tile: number): void {
  const state = useWall.getState();
  change({
    slots: state.slots.map((id, index) => (index === tile ? null : id)),
    focused: tile,
    enlarged: state.enlarged === tile ? null : state.enlarged,
  });
}

export function focusTile(tile: number): void {
  useWall.setState({ focused: tile });
}

export function toggleEnlarged(tile: number): void {
  const { enlarged, slots } = useWall.getState();
  if (enlarged !== null) useWall.setState({ enlarged: null, focused: enlarged });
  else if (slots[tile]) useWall.setState({ enlarged: tile, focused: tile });
}
