/**
 * `npm run security:plain [-- --seed N --count N]`: plain appends, whole and changed and cut anywhere, to a node that reads them
 * itself and to one that leaves them to node:http. A small share of it is in `npm test`.
 */

import { parseArgs } from 'node:util';
import { provePlain } from './plain-proof.ts';

/** Nodes are started anew after so many: their logs are in memory. */
const perRound = 20_000;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: String(Date.now() % 1_000_000) }, count: { type: 'string', default: '100000' } },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
for (const each of [seed, count]) {
  if (Number.isSafeInteger(each) && each >= 0) continue;
  process.stderr.write('--seed and --count must be whole numbers\n');
  process.exit(2);
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
let done = 0;
for (let round = 0; done < count; round += 1) {
  const begunAt = performance.now();
  const report = await provePlain({ seed: seed + round, count: Math.min(perRound, count - done) });
  done += report.total;
  const perSecond = Math.round((report.total / (performance.now() - begunAt)) * 1000);
  say(
    `seed ${seed + round}: ${report.total} inputs, ${perSecond} per second, ${report.plainCount} of them read past node:http; ${report.storedCount} entries`,
  );
}
say(`${done} inputs: the same answers and the same logs`);
