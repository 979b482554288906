/**
 * Runs all tests and prints one summary: those of src and bench in one process, and in parallel those of test, each file in
 * its own process, three at a time, since they wait more than they work. `npm test -- NAME` runs only the files with NAME in
 * their path. The tests of test/browser need a browser and are run by `npm run test:browser`. With `SLOWEST=true` the files that
 * take longest are listed.
 */

import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const quickFlag = '--quick';
const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== quickFlag);

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test that hangs fails. Many times what any takes, long ones too. */
const testMsMax = 15 * 60_000;

const secondsOf = new Map<string, number>();

function printSlowest(): void {
  const slowest = [...secondsOf].toSorted(([, one], [, other]) => other - one).slice(0, 40);
  for (const [file, seconds] of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${file}`);
}

function filesOf(pattern: string): string[] {
  const files = globSync(pattern, { exclude: ['test/browser/**'] }).toSorted();
  return wanted.length === 0 ? files : files.filter((file) => wanted.some((name) => file.includes(name)));
}

function isLong(file: string): boolean {
  return file.startsWith('test/cluster/') || file.endsWith('/upgrade.test.ts');
}

/** Long tests start first: at the end nothing would run in parallel with them. */
function longestFirst(files: readonly string[]): string[] {
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}

async function runFiles(options: {
  readonly files: string[];
  readonly isolation: 'none' | 'process';
  readonly concurrency: number;
}): Promise<Totals> {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  if (options.files.length === 0) return totals;
  const tests = run({ ...options, timeout: testMsMax });
  tests.on('test:summary', ({ file, counts, duration_ms: ms }) => {
    // With processes there is also one summary per file; the one without a file is the total.
    if (file !== undefined) {
      secondsOf.set(relative('.', file), ms / 1000);
      return;
    }
    totals.passed += counts.passed;
    totals.skipped += counts.skipped;
    totals.failed += counts.tests - counts.passed - counts.skipped - counts.todo;
  });
  for await (const line of tests.compose(spec)) process.stdout.write(String(line));
  return totals;
}

/** Runs the quick tests in another process, and prints its output when it has ended. */
async function runQuick(): Promise<Totals> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), quickFlag, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await new Promise((resolve) => child.once('close', resolve));
  process.stdout.write(output);
  const [, passed, failed, skipped = '0'] = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n$/.exec(output) ?? [];
  // A process that ended without its summary has failed, whatever passed before.
  if (passed === undefined || failed === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

function summary(totals: readonly Totals[]): Totals {
  const sum = (name: keyof Totals): number => totals.reduce((total, each) => total + each[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

// Each file of test is a process of its own that imports much the same modules: what the first ones compiled is kept for the rest.
const compiled = mkdtempSync(join(tmpdir(), 'rlog-compiled-'));
process.env['NODE_COMPILE_CACHE'] ??= compiled;
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }));

const { passed, failed, skipped } = summary(
  args.includes(quickFlag)
    ? [await runFiles({ files: filesOf('{src,bench}/**/*.test.ts'), isolation: 'none', concurrency: 1 })]
    : await Promise.all([
        runQuick(),
        runFiles({ files: longestFirst(filesOf('test/**/*.test.ts')), isolation: 'process', concurrency: 3 }),
      ]),
);
if (process.env['SLOWEST'] === 'true') printSlowest();
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
