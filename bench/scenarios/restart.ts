/** The second half of `growth`: a node with a long log is stopped, or killed, and started again. */

import { readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fill } from '../fill.ts';
import { atMost } from '../goals.ts';
import type { Part } from '../goals.ts';
import { fixed, megabytes } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Column, Context } from '../scenario.ts';
import type { OurNode } from '../systems/our-node.ts';
import type { OurContestant } from '../systems/ours.ts';
import { largeBytes } from './large.ts';

const scenario = 'growth';
const stopped = 'restart after SIGTERM';
const killed = 'restart after kill -9';
export const restartBytes = { quick: 20e6, normal: 10e9, full: 10e9 };
const times = { quick: 1, normal: 4, full: 5 };
const patienceMs = 300_000;

export const restartColumns: readonly Column[] = [stopped, killed].flatMap((variant): Column[] => [
  { variant, value: 'secondsUntilReady', heading: `${variant}, seconds`, format: fixed, isHigherBetter: false },
  { variant, value: 'secondsBeyondSegment', heading: 'beyond reading the last segment', format: fixed, isHigherBetter: false },
  { variant, value: 'leaderMegabytes', heading: "leader's memory", format: megabytes, isHigherBetter: false },
]);

export function judgeRestarts(results: Results): readonly Part[] {
  return [stopped, killed].flatMap((variant) => {
    const figure = { scenario, system: 'ours', variant };
    const time = results.summary({ ...figure, value: 'secondsBeyondSegment' });
    const memory = results.summary({ ...figure, value: 'leaderMegabytes' });
    return [
      atMost({ goal: 9, what: `${variant}, beyond reading the last segment`, measured: time, unit: ' s', wanted: { disk: 2 } }),
      atMost({ goal: 9, what: `leader's memory, ${variant}`, measured: memory, unit: ' MB', wanted: { disk: 200 } }),
    ];
  });
}

/** A cluster of one node: each node recovers from its own disk, and two more would only need three times the room. */
export async function measureRestarts(context: Context, contestant: OurContestant): Promise<void> {
  const bytes = restartBytes[context.size];
  const where = `growth: ${contestant.title}`;
  context.say(`${where}, one node writes ${fixed(bytes / 1e9)} GB`);
  await using cluster = await contestant.startCluster(context.workspace, { secondaryCount: 0 });
  const { leader } = cluster;
  await cluster.verify([await fill(context, cluster, { messages: Math.ceil(bytes / largeBytes), messageBytes: largeBytes })]);
  for (let round = 1; round <= times[context.size]; round += 1) {
    for (const variant of [stopped, killed]) {
      context.say(`${where}, ${variant}, ${round} of ${times[context.size]}`);
      await (variant === stopped ? leader.stop() : leader.kill());
      const segmentSeconds = await secondsToRead(lastSegment(leader));
      const startedAt = performance.now();
      leader.spawn();
      await leader.serves(patienceMs);
      const secondsUntilServing = (performance.now() - startedAt) / 1000;
      await leader.isReady(patienceMs);
      const secondsUntilReady = (performance.now() - startedAt) / 1000;
      const secondsBeyondSegment = secondsUntilReady - segmentSeconds;
      const leaderMegabytes = leader.memory().residentBytes / 1e6;
      const values = { secondsUntilServing, secondsUntilReady, segmentSeconds, secondsBeyondSegment, leaderMegabytes };
      context.add({ scenario, system: contestant.id, variant, round, values });
    }
  }
  // Nothing was appended since, so it only has to be checked that everything is still there.
  await cluster.haveAll([leader]);
}

function lastSegment(node: OurNode): string {
  const { folder } = node.spec;
  const last = readdirSync(folder)
    .filter((file) => /^\d{20}\.log$/.test(file))
    .toSorted()
    .at(-1);
  if (last === undefined) throw new Error(`${folder} has no segments`);
  return join(folder, last);
}

async function secondsToRead(path: string): Promise<number> {
  const piece = Buffer.alloc(1024 * 1024);
  const startedAt = performance.now();
  const file = await open(path);
  while ((await file.read(piece)).bytesRead > 0);
  await file.close();
  return (performance.now() - startedAt) / 1000;
}
