/**
 * `npm run sim:mutants [-- --only TEXT[|TEXT...]] [--count N] [--workers 1|2]`: plants each bug of mutants.ts in a copy of the
 * source and counts how many seeds it takes to find it. The unchanged program must pass as many seeds.
 *
 * Anything that ends a run counts as found: a broken claim, an assertion of the core, a cluster that does not converge.
 * A copy that does not load, or that ends with a ReferenceError or TypeError of its own, is a mistake in the mutant.
 */

import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DoesNotApply, applyEdit } from './mutant.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import type { SeedReport } from './find-seed.ts';

/** Each must be found within this many seeds. */
const seedsMax = 2000;
const workersMax = 2;
/** A seed takes a fraction of a second; one that takes this long never ends. */
const seedMsMax = 120_000;
/** Folders of `src/` that no simulation needs. Listing those that it needs would sooner or later miss one. */
const notSimulated: ReadonlySet<string> = new Set(['cli', 'client', 'config', 'dashboard', 'io', 'lab', 'observe']);
const source = fileURLToPath(new URL('../..', import.meta.url));

type Outcome =
  | { readonly kind: 'found'; readonly seeds: number; readonly violation: string }
  | { readonly kind: 'clean'; readonly seeds: number }
  | { readonly kind: 'useless'; readonly reason: string };

const args = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? undefined : args[at + 1];
};

const only = (option('only') ?? '').toLowerCase().split('|');
const count = Number(option('count') ?? seedsMax);
const workers = Math.min(workersMax, Number(option('workers') ?? workersMax));
const chosen = mutants.filter(({ name }) => only.some((text) => name.toLowerCase().includes(text)));
const outcomes = new Map<Mutant, Outcome>();

const waiting = [...chosen];
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const outcome = await plant(mutant);
      outcomes.set(mutant, outcome);
      console.log(`${mutant.name}: ${describe(outcome)}`);
    }
  }),
);

/** How many seeds, of this kind, the mutants needed. */
const seedsNeeded = (isElecting: boolean): number =>
  Math.max(
    0,
    ...[...outcomes].map(([mutant, outcome]) =>
      outcome.kind === 'found' && (mutant.isOfElections === true) === isElecting ? outcome.seeds : 0,
    ),
  );
const unchanged = [
  await plant({ name: 'the program as it is', edits: [] }, seedsNeeded(false)),
  await plant({ name: 'the program as it is', isOfElections: true, edits: [] }, seedsNeeded(true)),
];

console.log('');
for (const [mutant, outcome] of outcomes) {
  const seeds = outcome.kind === 'found' ? String(outcome.seeds) : outcome.kind === 'clean' ? 'not found' : 'useless';
  console.log(`${seeds.padStart(9)}  ${mutant.name}`);
}
const foundCount = [...outcomes.values()].filter((outcome) => outcome.kind === 'found').length;
console.log(`\n${foundCount} of ${chosen.length} planted bugs found; without one, ${unchanged.map(describe).join('; with elections, ')}`);
process.exitCode = foundCount === chosen.length && chosen.length > 0 && unchanged.every(({ kind }) => kind === 'clean') ? 0 : 1;

function describe(outcome: Outcome): string {
  if (outcome.kind === 'found') return `seed ${outcome.seeds}, after ${outcome.seeds} seeds: ${lineOf(outcome.violation)}`;
  return outcome.kind === 'clean' ? `${outcome.seeds} seeds are clean` : outcome.reason;
}

/** The claim, without the long story of every node's state. */
function lineOf(violation: string): string {
  const [line = ''] = violation.split('\n', 1);
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

async function plant(mutant: Mutant, seeds = count): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-bug-'));
  try {
    copyTo(folder, mutant);
    return await seek(folder, { seeds, isElecting: mutant.isOfElections === true });
  } catch (error) {
    if (error instanceof DoesNotApply) return { kind: 'useless', reason: `does not apply: ${error.message}` };
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws DoesNotApply */
function copyTo(folder: string, { edits }: Mutant): void {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(join(source, '..', 'node_modules'), join(folder, 'node_modules'));
  for (const name of readdirSync(source)) {
    if (!notSimulated.has(name)) cpSync(join(source, name), join(folder, 'src', name), { recursive: true });
  }
  for (const edit of edits) {
    const path = join(folder, 'src', edit.file);
    writeFileSync(path, applyEdit(readFileSync(path, 'utf8'), edit));
  }
}

/** Runs seeds in a process of its own, so that one that never ends can be killed, and one that crashes does not end this process. */
function seek(folder: string, { seeds, isElecting }: { readonly seeds: number; readonly isElecting: boolean }): Promise<Outcome> {
  return new Promise((resolve) => {
    const seekArgs = [String(seeds), ...(isElecting ? ['elections'] : [])];
    const child = fork(join(folder, 'src', 'sim', 'mutants', 'find-seed.ts'), seekArgs, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let isLoaded = false;
    let clean = 0;
    let complaint = '';
    let violation: string | undefined;
    let patience: NodeJS.Timeout | undefined;
    const waitForNews = (): void => {
      clearTimeout(patience);
      patience = setTimeout(() => {
        violation = 'the simulation never ends';
        child.kill('SIGKILL');
      }, seedMsMax);
    };
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.on('message', (news: SeedReport) => {
      waitForNews();
      if (news.kind === 'loaded') isLoaded = true;
      else if (news.kind === 'clean') clean = news.seed;
      else violation = news.violation;
    });
    child.on('exit', (code) => {
      clearTimeout(patience);
      const seen = violation ?? (code === 0 ? undefined : `the process ended: ${complaint.trim()}`);
      if (seen === undefined) resolve({ kind: 'clean', seeds: clean });
      else if (!isLoaded || /^(Reference|Syntax|Type)Error/.test(seen)) resolve({ kind: 'useless', reason: `is itself wrong: ${seen}` });
      else resolve({ kind: 'found', seeds: clean + 1, violation: seen });
    });
    waitForNews();
  });
}
