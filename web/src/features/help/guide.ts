import type { Language } from '@/lib/i18n';
import made from './pages.gen.json';

/** A text, or a tag with its attributes and what is in it. */
export type Node = string | [tag: string, attributes: Record<string, string>, ...children: Node[]];

export interface Chapter {
  name: string;
  title: string;
  body: Node[];
  /** Not there in the reader's language: what is shown is Chinese. */
  foreign: boolean;
}

interface Written {
  title: string;
  body: Node[];
}

// Written by `make docs` from docs/guide.
const PAGES = made as unknown as { name: string; zh: Written | null; en: Written | null }[];

/** Every chapter as this reader can read it best. */
export function chapters(language: Language): Chapter[] {
  return PAGES.flatMap(({ name, zh, en }) => {
    const own = language === 'zh-CN' ? zh : en;
    const shown = own ?? zh ?? en;
    return shown ? [{ name, ...shown, foreign: own === null }] : [];
  });
}

export const textOf = (node: Node): string =>
  typeof node === 'string' ? node : (node.slice(2) as Node[]).map(textOf).join(' ');

/** Chapters that hold every word of a search, those with one in their title first. */
export function found(all: readonly Chapter[], search: string): Chapter[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const holding = all.filter((one) => holds(`${one.title} ${one.body.map(textOf).join(' ')}`));
  return [...holding.filter((one) => holds(one.title)), ...holding.filter((one) => !holds(one.title))];
}

const AROUND = 36;

/** The words around the first hit, to tell chapters apart. */
export function excerpt(chapter: Chapter, search: string): string {
  const word = search.toLowerCase().split(/\s+/).find(Boolean) ?? '';
  const text = chapter.body.map(textOf).join(' ');
  const at = word ? text.toLowerCase().indexOf(word) : 0;
  const from = Math.max(0, at - AROUND);
  const cut = text.slice(from, from + 3 * AROUND).trim();
  return `${from > 0 ? '…' : ''}${cut}…`;
}
