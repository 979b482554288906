/** What an operator does to nodes that elect their leader: stops one properly, or promotes one. */

import { LogError } from '../../api/problems.ts';
import type { Coverage } from '../checkers/coverage.ts';
import type { Random } from '../world/random.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

interface Parts {
  readonly world: World;
  readonly random: Random;
  readonly coverage: Coverage;
}

/** After this, a supervisor kills a process that has not ended by itself. */
const stopWithinMs = 10_000;

/** As SIGTERM does. @param end - called when the process has answered what it could, or its time is over */
export function stopInGoodOrder(node: SimNode, { world, coverage }: Parts, end: () => void): void {
  const { incarnation, driver } = node;
  const wasLeading = driver?.isLeading === true;
  const endOnce = (): void => {
    if (node.incarnation === incarnation && node.isUp) end();
  };
  node.isToldToEnd = true;
  world.after(stopWithinMs, endOnce);
  driver?.stop().then(
    () => {
      if (wasLeading) coverage.count('a leader was stopped properly');
      endOnce();
    },
    // A disk that fails meanwhile ends the process, too.
    endOnce,
  );
}

/** Sometimes two at once, by operators who do not know of each other. */
export function promoteOneOrTwo(node: SimNode, other: SimNode, parts: Parts): void {
  promote(node, parts);
  if (other.isUp && parts.random.chance(0.2)) promote(other, parts);
}

/** Sometimes without asking the leader. */
function promote(node: SimNode, { random, coverage }: Parts): void {
  const how = { timeoutMs: random.between(500, 5000), isForced: random.chance(0.25) };
  node
    .call(({ driver }) => driver.commands.promote(how))
    .then(
      () => coverage.count('a node was promoted'),
      (error: unknown) => {
        if (error instanceof LogError && error.code === 'promotion-refused') coverage.count('a promotion was refused');
      },
    );
}
