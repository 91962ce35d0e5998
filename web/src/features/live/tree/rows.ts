import type { Branch, Entries, EntryNode, TerritoryNode } from '@/api';

/** The tree as the rows that a list shows: what is opened, in order. Pure. */

export type RowKind = 'territory' | 'organisation' | 'place' | 'channel' | 'more';

export interface Row {
  /** Where it stands: the same thing may stand in the tree twice. */
  key: string;
  kind: RowKind;
  node: string;
  name: string;
  level: number;
  /** Of those beside it, counted from one, as assistive technology wants it. */
  position: number;
  of: number;
  opens: boolean;
  open: boolean;
  /** Channels below it; null for a channel. */
  channels: number | null;
  channelId: string | null;
  /** What it belongs to, in a list of what was found. */
  above: string;
  parent: string | null;
}

/** What is below a node, as far as it was read. */
export interface Children {
  territories: readonly TerritoryNode[];
  entries: readonly EntryNode[];
  /** Where the next page begins; null when all is there. */
  next: string | null;
}

export type Known = ReadonlyMap<string, Children>;

export const childrenOf = (page: Branch | Entries): Children =>
  'items' in page ? { territories: [], entries: page.items, next: page.next } : page;

export const joined = (before: Children | undefined, page: Children): Children => ({
  territories: [...(before?.territories ?? []), ...page.territories],
  entries: [...(before?.entries ?? []), ...page.entries],
  next: page.next,
});

/** A place opens to its channels at once: where exactly each of them looks is in its name. */
export const placeOf = (node: string): string | null => (node.startsWith('place:') ? node : null);

interface Words {
  territoryName: (one: TerritoryNode) => string;
}

export function rowsOf(known: Known, opened: ReadonlySet<string>, words: Words): Row[] {
  const rows: Row[] = [];
  add(rows, { known, opened, words }, '', '', 1);
  return rows;
}

interface Around {
  known: Known;
  opened: ReadonlySet<string>;
  words: Words;
}

function add(rows: Row[], around: Around, parent: string, node: string, level: number): void {
  const { known, opened, words } = around;
  const children = known.get(node);
  if (!children) return;
  const { territories, entries, next } = children;
  const of = territories.length + entries.length + (next === null ? 0 : 1);
  const beside = { level, of, parent: parent || null, above: '' };
  const put = (row: Omit<Row, 'key' | 'open' | keyof typeof beside>) => {
    const key = `${parent}>${row.node}`;
    const open = row.opens && opened.has(key);
    rows.push({ ...beside, ...row, key, open });
    if (open) add(rows, around, key, row.node, level + 1);
  };
  territories.forEach((one, at) => {
    const name = words.territoryName(one);
    const { node: own, channels } = one;
    put({ kind: 'territory', node: own, name, position: at + 1, opens: true, channels, channelId: null });
  });
  entries.forEach((one, at) => {
    put(entryRow(one, territories.length + at + 1));
  });
  if (next !== null) rows.push({ ...moreRow(node), ...beside, key: `${parent}>more`, position: of });
}

function entryRow(one: EntryNode, position: number): Omit<Row, 'key' | 'open' | 'level' | 'of' | 'parent' | 'above'> {
  const channel = one.kind === 'channel';
  return {
    // A spot is opened by its place.
    kind: one.kind === 'spot' ? 'place' : one.kind,
    node: one.node,
    name: one.name,
    position,
    opens: !channel && (one.opens || (one.channels ?? 1) > 0),
    channels: channel ? null : one.channels,
    channelId: channel ? one.id : null,
  };
}

const moreRow = (node: string) => ({
  kind: 'more' as const,
  node,
  name: '',
  opens: false,
  open: false,
  channels: null,
  channelId: null,
});

/** What a search found, each with what it belongs to; what opens may be opened there. */
export function foundRows(found: Children, known: Known, opened: ReadonlySet<string>, words: Words): Row[] {
  const rows: Row[] = [];
  const all = new Map(known).set('', found);
  add(rows, { known: all, opened, words }, '', '', 1);
  const above = new Map(found.entries.map((one) => [`>${one.node}`, one.above.join(' / ')]));
  return rows.map((row) => ({ ...row, above: above.get(row.key) ?? '' }));
}

export type TreeKey = 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown' | 'ArrowLeft' | 'ArrowRight';

export type Move = { to: number } | { toggle: Row } | null;

const PAGE = 10;

/** What a key does in the tree, by the pattern of WAI-ARIA. */
export function moveOf(rows: readonly Row[], at: number, key: string): Move {
  const row = rows[at];
  const last = rows.length - 1;
  if (!row) return last >= 0 ? { to: 0 } : null;
  const step: Record<string, number> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: last,
    PageUp: at - PAGE,
    PageDown: at + PAGE,
  };
  const to = step[key];
  if (to !== undefined) return { to: Math.max(0, Math.min(last, to)) };
  if (key === 'ArrowRight' && row.opens) return row.open ? { to: Math.min(at + 1, last) } : { toggle: row };
  if (key === 'ArrowLeft') {
    if (row.open) return { toggle: row };
    const parent = rows.findIndex((one) => one.key === row.parent);
    return parent < 0 ? null : { to: parent };
  }
  return null;
}
