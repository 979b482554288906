/**
 * `npm run security:planted [-- --only TEXT]`: plants each bug of planted-bugs.ts in a copy of the project, and runs the tests
 * that must find it. The same tests pass without it.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyEdit } from '../../src/sim/mutants/mutant.ts';
import type { Edit } from '../../src/sim/mutants/mutant.ts';
import { plantedBugs } from './planted-bugs.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const notCopied: ReadonlySet<string> = new Set(['.git', 'node_modules', 'data']);
/** One test that takes longer hangs: the bug keeps it from what it waits for. */
const testMsMax = 120_000;

const at = process.argv.indexOf('--only');
const only = at === -1 ? '' : (process.argv[at + 1] ?? '').toLowerCase();
const chosen = plantedBugs.filter(({ name }) => name.toLowerCase().includes(only));

let isAllRight = chosen.length > 0;
for (const path of new Set(chosen.flatMap(({ tests }) => tests))) {
  const { isPassed, output } = runTests([], [path]);
  if (!isPassed) process.stdout.write(output);
  report(isPassed, `without a planted bug, ${path} ${isPassed ? 'passes' : 'fails'}`);
}
for (const { name, edits, tests } of chosen) {
  const { isPassed, output } = runTests(edits, tests);
  const finder = /^✖ (.+?) \(/m.exec(output)?.[1];
  report(!isPassed && finder !== undefined, `${name}: ${finder === undefined ? 'not found' : `found by "${finder}"`}`);
}
process.exitCode = isAllRight ? 0 : 1;

function report(isRight: boolean, line: string): void {
  process.stdout.write(`${line}\n`);
  isAllRight &&= isRight;
}

/** In a copy of the project, changed so. */
function runTests(edits: readonly Edit[], tests: readonly string[]): { readonly isPassed: boolean; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'planted-bug-'));
  try {
    for (const name of readdirSync(repository)) {
      if (!notCopied.has(basename(name))) cpSync(join(repository, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    for (const edit of edits) {
      const path = join(folder, 'src', edit.file);
      writeFileSync(path, applyEdit(readFileSync(path, 'utf8'), edit));
    }
    const args = ['--test', '--test-force-exit', '--test-reporter=spec', `--test-timeout=${testMsMax}`, ...tests];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return { isPassed: status === 0, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
