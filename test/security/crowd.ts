/**
 * `npm run security:crowd [-- --idle N --slow N --polls N --surplus N --seconds N]`: many callers at once at real nodes, and
 * what others notice. A small crowd is in `npm test`.
 */

import { parseArgs } from 'node:util';
import { isInOwnNetwork } from '../support/own-network.ts';
import { allAddresses, proveCrowd, proveSurplus, slowdown } from './crowd-proof.ts';

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    slow: { type: 'string', default: '1000' },
    polls: { type: 'string', default: '5000' },
    surplus: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
  },
});
const [idle, slow, poll, surplus, seconds] = [values.idle, values.slow, values.polls, values.surplus, values.seconds].map(Number);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

for (const each of [idle, slow, poll, surplus, seconds]) {
  if (Number.isSafeInteger(each) && Number(each) >= 0) continue;
  process.stderr.write('--idle, --slow, --polls, --surplus and --seconds must be whole numbers\n');
  process.exit(2);
}

if (isInOwnNetwork(allAddresses)) await prove();

async function prove(): Promise<void> {
  const settings = { seconds: seconds ?? 0, say };
  const ratios: number[] = [];
  if ((idle ?? 0) + (slow ?? 0) + (poll ?? 0) > 0)
    ratios.push(slowdown(await proveCrowd({ ...settings, counts: { idle: idle ?? 0, slow: slow ?? 0, poll: poll ?? 0 } })));
  if ((surplus ?? 0) > 0) ratios.push(slowdown(await proveSurplus({ ...settings, callers: surplus ?? 0 })));
  say(`99 % of the requests of others took ${ratios.map((ratio) => ratio.toFixed(2)).join(' and ')} times as long`);
  process.exitCode = ratios.every((ratio) => ratio <= 2) ? 0 : 1;
}
