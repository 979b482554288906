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
const cov: Record<string, number> = {};
const totals = { acknowledged: 0, rejected: 0, unknown: 0, events: 0 };
for (let current = from; current < from + count; current += 1) {
  const result = await simulate(current, { isTraced: seed !== undefined });
  totals.acknowledged += result.appends.acknowledged;
  totals.rejected += result.appends.rejected;
  totals.unknown += result.appends.unknown;
  totals.events += result.events;
  for (const [name, n] of Object.entries(result.coverage)) cov[name] = (cov[name] ?? 0) + n;
  for (const [name, n] of Object.entries(result.faults)) cov['F ' + name] = (cov['F ' + name] ?? 0) + n;
  if (seed !== undefined && args.includes('--trace')) console.log(result.story.join('\n'));
  if (result.violation === undefined) continue;
  failures += 1;
  if (!args.includes('--trace')) console.log(result.story.slice(-60).join('\n'));
  console.log(`seed ${current}: ${result.violation}`);
  if (failures >= (option('failures') ?? 1)) break;
}
console.log(`${count} seeds, ${failures} failures`, totals, cov);
process.exitCode = failures === 0 ? 0 : 1;
