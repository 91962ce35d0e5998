// Fails when the entry of the console outgrows its budget: what a browser loads before any page is shown.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 550;
const root = new URL('../../src/mingjian/api/static/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', root), 'utf8'));

function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const chunk = manifest[key];
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => filesOf(next, seen))];
}

const gzipKb = (file) => gzipSync(readFileSync(new URL(file, root))).length / 1000;
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const size = [...new Set(filesOf(entry))].map(gzipKb).reduce((sum, kb) => sum + kb, 0);
console.log(`entry: ${size.toFixed(0)} kB gzip of ${BUDGET_KB} kB`);
if (size > BUDGET_KB) process.exit(1);
