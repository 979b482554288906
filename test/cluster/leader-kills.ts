/** Kills the leader with -9, again and again: as soon as all nodes are healthy members, even if one of them lacks entries. */

import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../src/sim/world/random.ts';
import { waitFor } from '../support/wait.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { Recorder } from './history.ts';

const wholeWithinMs = 60_000;
const ledWithinMs = 15_000;

export async function killLeaders(
  { cluster, recorder, say }: { readonly cluster: ChaosCluster; readonly recorder: Recorder; readonly say: (line: string) => void },
  { seed, count, isOver }: { readonly seed: number; readonly count: number; readonly isOver: () => boolean },
): Promise<number> {
  const random = new Random(seed);
  recorder.serviceable(true);
  let kills = 0;
  while (kills < count && !isOver()) {
    await waitFor('all nodes are members, and are heard', () => areAllHeard(cluster), wholeWithinMs);
    await pause(random.between(0, 200));
    const leader = await cluster.leader();
    if (leader === undefined) continue;
    recorder.struck({ kind: 'kill', node: leader.id, at: recorder.now, isLeader: true, isAlone: true });
    await leader.process.kill();
    kills += 1;
    say(`kill ${leader.id}, the leader (${kills} of ${count})`);
    // It comes back before another node leads, during an election, or to a cluster that went on without it.
    if (random.chance(0.5)) {
      await waitFor('another node leads', async () => ![undefined, leader].includes(await cluster.leader()), ledWithinMs);
    } else await pause(random.between(0, 600));
    await leader.begin();
  }
  recorder.serviceable(false);
  return kills;
}

async function areAllHeard(cluster: ChaosCluster): Promise<boolean> {
  try {
    const leader = await cluster.leader();
    const members = (await leader?.health())?.members ?? [];
    return members.length === cluster.nodes.length && members.every(({ state, health }) => state === 'member' && health === 'healthy');
  } catch {
    // The leader of a moment ago does not answer.
    return false;
  }
}
