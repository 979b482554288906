/**
 * `npm run sim -- --seed N | --count N | --minutes M [--from N] [--nodes 5] [--elections] [--trace FILE] [--failures N]`
 *
 * One seed, or many. A failure is printed with the claim that it broke, its last events, and the command that replays
 * it; after a thousand seeds every hard case must have occurred.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hardCases } from './checkers/coverage.ts';
import { runSeeds } from './many-seeds.ts';
import { simulate } from './simulation.ts';
import type { SimulationResult } from './simulation.ts';
import { Totals } from './totals.ts';

const storyLinesShown = 60;
/** With this many seeds or more, a hard case that never occurred is a failure. */
const coverageSeedsMin = 1000;
const progressMs = 1000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    minutes: { type: 'string' },
    from: { type: 'string' },
    nodes: { type: 'string' },
    elections: { type: 'boolean' },
    trace: { type: 'string' },
    failures: { type: 'string' },
    threads: { type: 'string' },
  },
});

function numberOf(name: Exclude<keyof typeof values, 'elections'>): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    console.error(`--${name} takes a number, not "${text}"`);
    process.exit(2);
  }
  return value;
}

const nodeCount = numberOf('nodes');
const isElecting = values.elections === true;
const failuresMax = numberOf('failures') ?? 1;
const begunAt = performance.now();
const totals = await runAll();
printSummary(totals);
process.exitCode = totals.failures.length === 0 && (totals.seeds < coverageSeedsMin || totals.missing.length === 0) ? 0 : 1;

async function runAll(): Promise<Totals> {
  const seed = numberOf('seed');
  if (seed !== undefined) return runOne(seed);
  const minutes = numberOf('minutes');
  const count = numberOf('count') ?? (minutes === undefined ? 100 : Number.POSITIVE_INFINITY);
  const endAt = minutes === undefined ? Number.POSITIVE_INFINITY : begunAt + minutes * 60_000;
  const threads = numberOf('threads');
  let shownAt = begunAt;
  let failuresShown = 0;
  return runSeeds({
    from: numberOf('from') ?? 1,
    isEnough: (begun, { failures }) => begun >= count || performance.now() >= endAt || failures.length >= failuresMax,
    nodeCount,
    isElecting,
    ...(threads === undefined ? {} : { threads }),
    progress: (soFar) => {
      // Running seeds may finish; a failure is reported at once.
      for (const failure of soFar.failures.slice(failuresShown)) printFailure(failure);
      failuresShown = soFar.failures.length;
      if (performance.now() - shownAt < progressMs) return;
      shownAt = performance.now();
      process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${progressLine(soFar)}${process.stderr.isTTY ? '' : '\n'}`);
    },
  });
}

/** With `--trace` the whole story is written to that file. */
async function runOne(seed: number): Promise<Totals> {
  const result = await simulate(seed, { isTraced: true, nodeCount, isElecting });
  if (values.trace !== undefined) writeFileSync(values.trace, `${result.story.join('\n')}\n`);
  const one = new Totals();
  one.add(result);
  if (result.violation !== undefined) printFailure(result);
  return one;
}

function progressLine({ seeds, events, simulatedMs, faultCount, failures }: Totals): string {
  const seconds = (performance.now() - begunAt) / 1000;
  const rate = Math.round(events / seconds).toLocaleString('en');
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  return `${seeds} seeds, ${failures.length} failed, ${rate} events/s, ${hours} simulated hours, ${faultCount} faults`;
}

function printSummary(sum: Totals): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(progressLine(sum));
  console.log(`appends: ${countsOf(sum.appends)}`);
  console.log(`faults: ${countsOf(sum.faults)}`);
  console.log('hard cases:');
  for (const what of hardCases) console.log(`  ${String(sum.coverage[what] ?? 0).padStart(8)}  ${what}`);
  if (sum.seeds >= coverageSeedsMin && sum.missing.length > 0) console.log(`never occurred: ${sum.missing.join('; ')}`);
}

function printFailure({ seed, violation, story, plan }: SimulationResult): void {
  console.log(story.slice(-storyLinesShown).join('\n'));
  console.log(`\nseed ${seed} broke: ${violation}`);
  console.log(`its plan: ${JSON.stringify(plan)}`);
  const nodes = nodeCount === undefined ? '' : ` --nodes ${nodeCount}`;
  console.log(`to replay it: npm run sim -- --seed ${seed}${nodes}${isElecting ? ' --elections' : ''} --trace story.txt\n`);
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
