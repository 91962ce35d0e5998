import { describe, expect, it } from 'vitest';
import { CHAPTER_OF } from '@/lib/helpChapters';
import { chapters, excerpt, found, type Node, textOf } from './guide';

const TAGS = new Set(
  'h1 h2 h3 h4 p ul ol li table thead tbody tr th td code pre strong em blockquote hr br a'.split(' '),
);

function* nodes(all: readonly Node[]): Generator<Exclude<Node, string>> {
  for (const node of all) {
    if (typeof node === 'string') continue;
    yield node;
    yield* nodes(node.slice(2) as Node[]);
  }
}

describe.each(['zh-CN', 'en'] as const)('the guide in %s', (language) => {
  const all = chapters(language);

  it('has every chapter, each with a title and words', () => {
    expect(all.length).toBeGreaterThan(14);
    for (const chapter of all) {
      expect(chapter.title).not.toBe('');
      expect(chapter.body.map(textOf).join('').length).toBeGreaterThan(20);
    }
  });

  it('is made of tags that the console draws, and leads nowhere that is not there', () => {
    const names = new Set(all.map((chapter) => chapter.name));
    for (const chapter of all) {
      for (const [tag, { href }] of nodes(chapter.body)) {
        expect(TAGS.has(tag), tag).toBe(true);
        if (href?.startsWith('/help/')) expect(names.has(href.slice(6)), href).toBe(true);
        else if (href) expect(href).toMatch(/^(https?:\/\/|\/docs\/errors\/)/);
      }
    }
  });

  it('has the chapter of every page', () => {
    const names = new Set(all.map((chapter) => chapter.name));
    for (const [path, name] of Object.entries(CHAPTER_OF)) expect(names.has(name), path).toBe(true);
  });
});

describe('the search', () => {
  const all = chapters('zh-CN');
  it('finds titles first', () => expect(found(all, '地图')[0]?.name).toBe('map'));
  it('wants every word', () => {
    expect(found(all, 'PMTiles 底图').map((one) => one.name)).toEqual(['map']);
    expect(found(all, 'PMTiles 没有这个词')).toEqual([]);
  });
  it('shows where', () => {
    const [hit] = found(all, 'pmtiles');
    expect(excerpt(hit as NonNullable<typeof hit>, 'pmtiles')).toContain('PMTiles');
  });
});

it('says which chapters are not there in English', () => {
  expect(chapters('zh-CN').some((chapter) => chapter.foreign)).toBe(false);
});
