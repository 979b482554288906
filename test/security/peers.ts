/**
 * `npm run security:peers [-- --seed N --tries N --count N]`: what comes to the port of nodes from somebody who does not know
 * the cluster's secret, and from a member gone wrong. It takes minutes; a small share of it is in `npm test`.
 */

import { parseArgs } from 'node:util';
import { proveHandshakes } from './handshake-proof.ts';
import { proveInputs } from './inputs-proof.ts';
import { mib } from './memory.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    tries: { type: 'string', default: '1000' },
    count: { type: 'string', default: '200000' },
  },
});
const [seed, tries, count] = [Number(values.seed), Number(values.tries), Number(values.count)];
for (const each of [seed, tries, count]) {
  if (Number.isSafeInteger(each) && each >= 0) continue;
  process.stderr.write('--seed, --tries and --count must be whole numbers\n');
  process.exit(2);
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
if (tries > 0) {
  const { refused, lines } = await proveHandshakes({ seed, count: tries, say });
  for (const [name, times] of refused) say(`${String(times).padStart(6)}  ${name}`);
  const total = [...refused.values()].reduce((sum, times) => sum + times, 0);
  say(`handshakes: ${total} of ${total} tries refused, ${refused.size} kinds, ${lines} lines in the logs`);
}
if (count > 0) {
  const { kinds, total, rssGrowth, rssAfterWarmUp } = await proveInputs({ seed, count, say });
  for (const [name, times] of [...kinds].toSorted(([a], [b]) => a.localeCompare(b))) say(`${String(times).padStart(6)}  ${name}`);
  say(`inputs: ${total}, no node ended, nothing refused was stored; a node grew by ${mib(rssGrowth)} at most, over ${mib(rssAfterWarmUp)}`);
}
