import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { describe, expect, it } from 'vitest';
import { sources } from './sources';

const importsOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );

const modules = [...sources('.ts'), ...sources('.tsx')].filter((path) => basename(path) !== 'sources.ts');

describe('layers', () => {
  it.each(readdirSync(join('src', 'features')))('feature %s imports no other feature and not the app', (feature) => {
    const own = modules.filter((path) => path.includes(`/features/${feature}/`));
    expect(own.length).toBeGreaterThan(0);
    const foreign = own
      .flatMap(importsOf)
      .filter((from) => /^@\/(features|app)\//.test(from) || from.includes('../../'));
    expect(foreign).toEqual([]);
  });

  it.each(['components', 'lib'])('%s import nothing from above', (layer) => {
    const above = layer === 'lib' ? /^@\/(app|features|components)\// : /^@\/(app|features)\//;
    const own = modules.filter((path) => path.includes(`/src/${layer}/`));
    expect(own.flatMap(importsOf).filter((from) => above.test(from))).toEqual([]);
  });

  it('the player knows no React', () => {
    const player = modules.filter((path) => basename(dirname(path)) === 'player');
    expect(player.flatMap(importsOf).filter((from) => /react|antd/.test(from))).toEqual([]);
  });

  it('only one module calls the generated client', () => {
    const calling = modules.filter((path) => /import (?!type)[^;]*from '@\/api/.test(readFileSync(path, 'utf8')));
    expect(calling.map((path) => basename(path))).toEqual(['server.ts']);
  });
});

const ENTRY_BUDGET_KB = 550;
const PAGE_BUDGET_KB = 40;
/** Pages that carry a library of their own. */
const LARGER_PAGES: Record<string, number> = { MapPage: 400 };

describe('what is shipped', async () => {
  const made = (await build({ logLevel: 'error', build: { write: false } })) as Rolldown.RolldownOutput;
  const chunks = made.output.filter((file) => file.type === 'chunk');

  it(`loads at most ${ENTRY_BUDGET_KB} kB (gzip) before the first page`, () => {
    const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
    const loaded = new Set<string>();
    const load = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      byName.get(name)?.imports.forEach(load);
    };
    load(chunks.find((chunk) => chunk.isEntry)?.fileName ?? '');
    const size = [...loaded].reduce((sum, name) => sum + gzipSync(byName.get(name)?.code ?? '').length / 1000, 0);
    expect(size).toBeGreaterThan(50);
    expect(size).toBeLessThan(ENTRY_BUDGET_KB);
  });

  it(`gives no page more than ${PAGE_BUDGET_KB} kB (gzip) of its own`, () => {
    const pages = chunks.filter((chunk) => /Page$/.test(chunk.name));
    const sizes = pages.map((chunk) => [chunk.name, gzipSync(chunk.code).length / 1000] as const);
    expect(sizes.filter(([name, size]) => size > (LARGER_PAGES[name] ?? PAGE_BUDGET_KB))).toEqual([]);
  });

  it('splits the pages from each other', () => {
    const pages = chunks.filter((chunk) => /\wPage$/.test(chunk.name)).map((chunk) => chunk.name);
    expect(pages.sort()).toEqual([
      'AccountPage',
      'AuditPage',
      'CamerasPage',
      'ClipsPage',
      'DutyPage',
      'DutyPlacePage',
      'HealthPage',
      'HelpPage',
      'HoldsPage',
      'InvitePage',
      'LawPage',
      'LivePage',
      'MapPage',
      'PeoplePage',
      'PermissionsPage',
      'PlaybackPage',
      'RegistryPage',
      'SetUpPage',
      'SettingsPage',
      'SignInPage',
      'StoragePage',
      'TrailPage',
    ]);
  });

  it('fetches nothing from elsewhere: no style sheet or page names another host', () => {
    const texts = made.output.filter((file) => /\.(css|html)$/.test(file.fileName));
    expect(texts.length).toBeGreaterThan(1);
    // The name of a vocabulary in a drawing is no address: nothing is fetched from it.
    const named = (file: (typeof texts)[number]) =>
      String('source' in file ? file.source : '').replaceAll('http://www.w3.org/2000/svg', '');
    const outside = texts.filter((file) => /https?:\/\//.test(named(file)));
    expect(outside.map((file) => file.fileName)).toEqual([]);
  });
});
