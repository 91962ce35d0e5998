// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import type { EntryNode, Person, PersonRecord } from '@/api';
import { hitsOfEntries, hitsOfPages, hitsOfPeople } from './search';

const entry = (kind: EntryNode['kind']) =>
  ({ node: `${kind}:1`, kind, id: '1', name: '校门', above: ['一中', '东门'] }) as EntryNode;
const person = (...permissions: string[]) => ({ permissions }) as unknown as Person;

describe('what the search leads to', () => {
  it.each([
    ['channel', ['live.view', 'recording.read'], '/live?layout=1&channels=1', '/playback?channel=1'],
    ['channel', ['recording.read'], '/cameras?camera=1', '/playback?channel=1'],
    ['channel', [], '/cameras?camera=1', undefined],
    ['place', ['live.view'], '/registry?place=1&name=%E6%A0%A1%E9%97%A8', undefined],
  ] as const)('%s with %j', (kind, permissions, to, other) => {
    const [hit] = hitsOfEntries([entry(kind)], person(...permissions));
    expect(hit).toMatchObject({ name: '校门', where: '一中 / 东门', to });
    expect(hit?.other).toBe(other);
  });

  it('finds pages by name or address, and all of them without a word', () => {
    const pages = [
      { path: '/live', name: '实时' },
      { path: '/audit', name: '审计' },
    ];
    expect(hitsOfPages(pages, '审').map((hit) => hit.to)).toEqual(['/audit']);
    expect(hitsOfPages(pages, 'LIV').map((hit) => hit.to)).toEqual(['/live']);
    expect(hitsOfPages(pages, '')).toHaveLength(2);
  });

  it('finds people by name, login name and number', () => {
    const people = [
      { id: '1', display_name: '张伟', login_name: 'zhang.wei', number: '530581-0217' },
    ] as PersonRecord[];
    for (const words of ['张', 'ZHANG', '0217']) expect(hitsOfPeople(people, words)).toHaveLength(1);
    expect(hitsOfPeople(people, '李')).toEqual([]);
  });
});
