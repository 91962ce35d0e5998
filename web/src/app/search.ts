import type { EntryNode, Person, PersonRecord } from '@/api';
import { may } from '@/lib/session';

export interface Hit {
  key: string;
  kind: 'page' | EntryNode['kind'] | 'person';
  name: string;
  /** What it belongs to, or what tells it from its namesakes. */
  where: string;
  to: string;
  /** With Ctrl: the other thing that people want of it. */
  other?: string;
}

interface Page {
  path: string;
  name: string;
}

const MOST_PEOPLE = 6;

/** Without words all pages: who opened the search by its key may choose by arrows. */
export const hitsOfPages = (pages: readonly Page[], words: string): Hit[] =>
  pages
    .filter(({ name, path }) => `${name} ${path}`.toLowerCase().includes(words.toLowerCase()))
    .map(({ name, path }) => ({ key: path, kind: 'page', name, where: '', to: path }));

/** A camera opens where its picture can be seen, a place in the registry. */
export function hitsOfEntries(entries: readonly EntryNode[], person: Person): Hit[] {
  return entries.map((entry) => {
    const { kind, id, name, above } = entry;
    const hit: Hit = {
      key: entry.node,
      kind,
      name,
      where: above.join(' / '),
      to: `/registry?${new URLSearchParams({ [kind]: id, name })}`,
    };
    if (kind !== 'channel') return hit;
    const playback = `/playback?channel=${id}`;
    const sees = may(person, 'live.view');
    const other = may(person, 'recording.read') ? { other: playback } : {};
    return { ...hit, to: sees ? `/live?layout=1&channels=${id}` : `/cameras?camera=${id}`, ...other };
  });
}

export const hitsOfPeople = (people: readonly PersonRecord[], words: string): Hit[] =>
  people
    .filter(({ display_name, login_name, number }) =>
      `${display_name} ${login_name} ${number ?? ''}`.toLowerCase().includes(words.toLowerCase()),
    )
    .slice(0, MOST_PEOPLE)
    .map(({ id, display_name, login_name, number }) => ({
      key: id,
      kind: 'person',
      name: display_name,
      where: [login_name, number].filter(Boolean).join(' · '),
      to: `/people?${new URLSearchParams({ find: login_name })}`,
    }));
