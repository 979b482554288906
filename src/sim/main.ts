/** `npm run sim -- --seed N | --count N [--from N]` */

import { simulate } from './simulation.ts';

const args = process.argv.slice(2);
const option = (name: string): number | undefined => {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? undefined : Number(args[at + 1]);
};

const seed = option('seed');
const count = option('count') ?? 1;
const from = seed ?? option('from') ?? 1;
let failures = 0;
const totals = { acknowledged: 0, rejected: 0, unknown: 0, events: 0 };
for (let current = from; current < from + count; current += 1) {
  const result = await simulate(current, seed !== undefined);
  totals.acknowledged += result.acknowledged;
  totals.rejected += result.rejected;
  totals.unknown += result.unknown;
  totals.events += result.events;
  if (seed !== undefined && args.includes('--trace')) console.log(result.story.join('\n'));
  if (result.violation === undefined) continue;
  failures += 1;
  if (!args.includes('--trace')) console.log(result.story.slice(-60).join('\n'));
  console.log(`seed ${current}: ${result.violation}`);
  if (failures >= (option('failures') ?? 1)) break;
}
console.log(`${count} seeds, ${failures} failures`, totals);
process.exitCode = failures === 0 ? 0 : 1;
