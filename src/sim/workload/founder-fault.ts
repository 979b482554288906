/** The founder of a cluster is struck as soon as it has founded, mostly before anybody else has heard of its first batch. */

import type { Coverage } from '../checkers/coverage.ts';
import type { Random } from '../world/random.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

interface Parts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly coverage: Coverage;
}

/** For the others to notice, and to seek to lead if they may. */
const cutOffMsMin = 3000;
const cutOffMsMax = 15_000;

/** @param end - ends the founder's process, which starts again some time later */
export function strikeFounder(
  founder: SimNode,
  { world, network, nodes, random, coverage }: Parts,
  end: (isPowerLoss: boolean) => void,
): void {
  const { incarnation } = founder;
  world.after(random.between(0, 40) / 10, () => {
    if (founder.incarnation !== incarnation || !founder.isUp) return;
    const others = nodes.filter((node) => node !== founder);
    const isAlone = (founder.log?.batches.length ?? 0) > 0 && others.every((node) => (node.log?.batches.length ?? 0) === 0);
    if (isAlone) coverage.count('a founder was cut off after its first batch');
    if (random.chance(0.5)) return end(random.chance(0.5));
    const links = others.map((other) => [founder.url, other.url] as const);
    for (const [one, other] of links) {
      network.cut(one, other);
      network.cut(other, one);
    }
    world.after(random.between(cutOffMsMin, cutOffMsMax), () => {
      for (const [one, other] of links) network.mend(one, other);
    });
  });
}
