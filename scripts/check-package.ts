/**
 * Checks the packages as they are packed: that all is there which they name (publint), and that the types fit the code,
 * however ESM resolves them (arethetypeswrong). They are ESM only, so how CommonJS would resolve them does not count.
 *
 *     node scripts/check-package.ts               packs both, and checks them
 *     node scripts/check-package.ts TARBALL…
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packBoth } from './pack.ts';

const tool = (name: string, ...args: readonly string[]): void => {
  execFileSync(join(import.meta.dirname, '../node_modules/.bin', name), args, { stdio: 'inherit' });
};

const folder = mkdtempSync(join(tmpdir(), 'rlog-packed-'));
try {
  const given = process.argv.slice(2);
  for (const tarball of given.length > 0 ? given : packBoth('.', folder).map(({ path }) => path)) {
    tool('publint', 'run', tarball, '--strict');
    tool('attw', tarball, '--profile', 'esm-only');
  }
} finally {
  rmSync(folder, { recursive: true });
}
