/**
 * Puts the types of the published package into `dist/`, and removes what an earlier build of it left there. Its code is then
 * put beside them (scripts/bundle.ts).
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyDeclarations } from './declarations.ts';

const target = 'dist';
/** What a checkout has there for itself; the page is for both. */
const kept = ['rlog', 'dashboard'];

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly types: string }>>;
};
const entries = Object.values(exports).map(({ types }) => types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1'));

const all = mkdtempSync(join(tmpdir(), 'rlog-types-'));
try {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', all], { stdio: 'inherit' });
  for (const name of readdirSync(target)) if (!kept.includes(name)) rmSync(join(target, name), { recursive: true });
  copyDeclarations(all, entries, target);
} finally {
  rmSync(all, { recursive: true });
}
