/**
 * `npm run security:crowd [-- --idle N --slow N --polls N --surplus N --seconds N --rounds N]`: many callers at once at real nodes, and
 * what others notice. A small crowd is in `npm test`.
 */

import { parseArgs } from 'node:util';
import { isInOwnNetwork } from '../support/own-network.ts';
import { allAddresses, proveCrowd, proveSurplus } from './crowd-proof.ts';
import type { Rounds } from './crowd-proof.ts';

const slowdownMax = 2;

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    slow: { type: 'string', default: '1000' },
    polls: { type: 'string', default: '5000' },
    surplus: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '9' },
    rounds: { type: 'string', default: '5' },
  },
});
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const [idle, slow, poll, surplus, seconds, rounds] = ['idle', 'slow', 'polls', 'surplus', 'seconds', 'rounds'].map((name) => {
  const value = Number(values[name as keyof typeof values]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} must be a whole number\n`);
  process.exit(2);
}) as [number, number, number, number, number, number];

if (isInOwnNetwork(allAddresses)) await prove();

async function prove(): Promise<void> {
  const measuring = { seconds, rounds, say };
  const proofs: [string, () => Promise<Rounds>][] = [];
  if (idle + slow + poll > 0)
    proofs.push([
      `${idle} idle, ${slow} slow and ${poll} waiting callers`,
      () => proveCrowd({ ...measuring, counts: { idle, slow, poll } }),
    ]);
  if (surplus > 0)
    proofs.push([`${surplus} callers of one address at the default limit`, () => proveSurplus({ ...measuring, callers: surplus })]);
  const lines: string[] = [];
  for (const [what, proof] of proofs) {
    say(what);
    const { ratios, slowdown } = await proof();
    lines.push(
      `${what}: 99 % of the requests of others take ${slowdown.toFixed(2)} times as long (${ratios.map((each) => each.toFixed(2)).join(', ')})`,
    );
    if (slowdown > slowdownMax) process.exitCode = 1;
  }
  for (const line of lines) say(line);
}
