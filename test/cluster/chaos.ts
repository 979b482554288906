/** `npm run chaos -- [--minutes M] [--seed N]`: a real cluster under load and faults, judged at the end. */

import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('--minutes must be a number above 0, and --seed a whole number\n');
  process.exit(2);
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Told twice: at once. What was started is ended on exit.
    if (interruption.signal.aborted) process.exit(130);
    say('healing and ending what was started; nothing is judged');
    interruption.abort();
  });
}

say(`seed ${seed}, for ${minutes} min`);
try {
  const { table, isSound, keptFolder } = await runChaos({ seed, durationMs: minutes * 60_000, say, signal: interruption.signal });
  say(`\n${table}`);
  if (keptFolder !== undefined) say(`\nfolders and logs of the nodes: ${keptFolder}`);
  process.exitCode = isSound ? 0 : 1;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.exitCode = 130;
}
