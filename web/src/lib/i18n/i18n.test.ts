import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sources } from '@/sources';
import en from './en.json';
import zhCN from './zh-CN.json';

function flat(tree: object, above = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[above + name, value] as [string, string]] : flat(value, `${above}${name}.`),
  );
}

const chinese = new Map(flat(zhCN));
const english = new Map(flat(en));
const placeholders = (text = '') => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

describe('the two languages', () => {
  it('have the same keys', () => expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort()));

  it('fill in the same values', () => {
    const differing = [...chinese].filter(
      ([key, text]) => `${placeholders(text)}` !== `${placeholders(english.get(key))}`,
    );
    expect(differing).toEqual([]);
  });

  it('leave no sentence empty', () => {
    expect([...chinese, ...english].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('do not mix: English has no Chinese but the names that are Chinese', () => {
    const mixed = [...english].filter(([, text]) => /\p{Script=Han}/u.test(text)).map(([key]) => key);
    expect(mixed).toEqual(['brand.zh', 'language.other']);
  });
});

it('no page holds raw Chinese: every word goes through the dictionaries', () => {
  const holding = sources('.tsx').filter((path) => /\p{Script=Han}/u.test(readFileSync(path, 'utf8')));
  expect(holding).toEqual([]);
});

it('every sentence is used somewhere', () => {
  const code = [...sources('.ts'), ...sources('.tsx')].map((path) => readFileSync(path, 'utf8')).join('\n');
  // Keys put together from a part and a value are used when their part is: `live.state.${kind}`.
  const parts = [...code.matchAll(/`([\w.]+)\.\$\{/g)].map((match) => `${match[1]}.`);
  const unused = [...chinese.keys()].filter(
    (key) => !code.includes(`'${key}'`) && !parts.some((part) => key.startsWith(part)),
  );
  expect(unused).toEqual([]);
});
