/**
 * `npm run security:http [-- --seed N --count N]`: random and changed requests at real nodes, half of them where there are tokens
 * and a secret. It takes minutes; a small share of it is in `npm test`.
 */

import { parseArgs } from 'node:util';
import { proveHttp } from './http-proof.ts';
import { mib } from './memory.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: String(Date.now() % 1_000_000) }, count: { type: 'string', default: '200000' } },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
for (const each of [seed, count]) {
  if (Number.isSafeInteger(each) && each >= 0) continue;
  process.stderr.write('--seed and --count must be whole numbers\n');
  process.exit(2);
}

const atOnce = 256;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
for (const isClosed of [true, false]) {
  say(isClosed ? 'with tokens and a secret' : 'without');
  const begunAt = performance.now();
  const { total, statuses, rssGrowth, rssAfterWarmUp } = await proveHttp({ seed, count: Math.ceil(count / 2), atOnce, isClosed, say });
  const perSecond = Math.round((total / (performance.now() - begunAt)) * 1000);
  say(
    [...statuses]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, times]) => `${status}: ${times}`)
      .join(', '),
  );
  say(
    `${total} inputs, ${perSecond} per second: no node ended or failed inside, nothing refused was stored; a node grew by ${mib(rssGrowth)} at most, over ${mib(rssAfterWarmUp)}`,
  );
}
