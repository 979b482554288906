/** Removes a member by hand, and registers it again by hand after a while. */

import type { Driver } from '../../driver/driver.ts';
import type { Coverage } from '../checkers/coverage.ts';
import { serve } from '../world/gateway.ts';
import type { Random } from '../world/random.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const removalTimeoutMs = 5000;
const registrationTimeoutMs = 5000;
/** No disk hangs this long: what a leader has decided is written by then. */
const settledMs = 12_000;

interface Parts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly coverage: Coverage;
}

/** @param removed - nodes that are removed, and not back yet */
export function takeOutAndBack(node: SimNode, { network, nodes, random, world, coverage }: Parts, removed: Set<SimNode>): void {
  const asked = random.pick(nodes);
  removed.add(node);
  const overAt = world.now + 2 * removalTimeoutMs;
  let memberSince: number | undefined;
  let isRefused = false;
  const comeBack = (): void => {
    const back = {
      ask: (driver: Driver) => driver.commands.register(node.url, { id: undefined, isByHand: true }),
      timeoutMs: registrationTimeoutMs,
      isRepeatable: true,
    };
    const picked = random.pick(nodes);
    // It knows no leader that counts it, and its answer takes a while.
    const at = picked === node && isRefused ? (nodes.find((other) => other !== node) ?? node) : picked;
    at.call((process) => serve(network, process, back)).then(
      (registration) => {
        memberSince = registration.state === 'member' ? (memberSince ?? world.now) : undefined;
        // The leader may still be working on a removal whose client lost the connection, or a list that names the node may be lost with a leader.
        if (memberSince === undefined || world.now < Math.max(overAt, memberSince + settledMs)) return world.after(500, comeBack);
        coverage.count('a member was removed and came back');
        return removed.delete(node);
      },
      () => {
        isRefused = true;
        world.after(500, comeBack);
      },
    );
  };
  const removal = {
    ask: (driver: Driver, timeoutMs: number) => driver.commands.removeMember(node.id, timeoutMs),
    timeoutMs: removalTimeoutMs,
    isRepeatable: false,
  };
  asked
    .call((process) => serve(network, process, removal))
    .then(
      () => world.after(random.between(100, 5000), comeBack),
      // Not confirmed is not the same as not done.
      () => world.after(random.between(100, 5000), comeBack),
    );
}
