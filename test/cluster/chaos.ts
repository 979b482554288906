/**
 * `npm run chaos -- [--coordinator NAME] [--minutes M] [--kills N] [--trims] [--seed N]`: a real cluster under load and faults,
 * judged at the end. With `--trims` its log is trimmed all the time.
 */

import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';

const { values } = parseArgs({
  options: {
    coordinator: { type: 'string', default: 'static' },
    minutes: { type: 'string', default: '1' },
    kills: { type: 'string' },
    trims: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const { coordinator } = values;
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const kills = values.kills === undefined ? undefined : Number(values.kills);
if (coordinator !== 'static' && coordinator !== 'elections') refuse('--coordinator must be static or elections');
if (!(minutes > 0) || !Number.isSafeInteger(seed)) refuse('--minutes must be a number above 0, and --seed a whole number');
if (kills !== undefined && !(Number.isSafeInteger(kills) && kills > 0)) refuse('--kills must be a whole number above 0');
if (kills !== undefined && coordinator === 'static') refuse('--kills needs --coordinator elections: with a fixed leader nobody takes over');

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second signal ends it at once; the nodes are killed on exit.
    if (interruption.signal.aborted) process.exit(130);
    say('ending the faults and the nodes; nothing is judged');
    interruption.abort();
  });
}

say(`seed ${seed}, ${kills === undefined ? `for ${minutes} min` : `${kills} kills of the leader, in at most ${minutes} min`}`);
try {
  const { table, isSound, trims, keptFolder } = await runChaos({
    seed,
    durationMs: minutes * 60_000,
    coordinator,
    trims: values.trims,
    ...(kills === undefined ? {} : { kills }),
    say,
    signal: interruption.signal,
  });
  say(`\n${table}`);
  if (values.trims) say(`${trims} trims were acknowledged`);
  if (keptFolder !== undefined) say(`\nfolders and logs of the nodes: ${keptFolder}`);
  process.exitCode = isSound ? 0 : 1;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.exitCode = 130;
}
