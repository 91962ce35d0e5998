/** For tests that read the code itself. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(process.cwd(), 'src');

/** Paths of the hand-written files with an extension, tests and generated code left out. */
export function sources(extension: '.ts' | '.tsx' | '.css', under = ROOT): string[] {
  return readdirSync(under, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(extension) && !path.includes('.test.') && !path.startsWith('api/'))
    .map((path) => join(under, path));
}
