/**
 * Faults at the worst moment, which chance alone seldom hits: a founder is struck as soon as it has founded, mostly before
 * another node has heard of its first batch; a successor is struck while it is given the lead; the disk of a node from which
 * a candidate fetches hangs while its process runs on; a node that moved cannot reach the first of the nodes at which it registers.
 */

import type { SimNode } from '../world/sim-node.ts';
import type { FaultParts } from './network-faults.ts';

const cutMsMin = 3000;
const cutMsSpread = 12_000;
/** It may take a few seconds to start at its new address, and must follow a leader before the cut ends. */
const cutOffMovedMs = 14_000;

/** @param end - ends the founder's process, which starts again some time later */
export function strikeFounder(founder: SimNode, parts: FaultParts, end: (isPowerLoss: boolean) => void): void {
  const { nodes, random, coverage } = parts;
  soon(founder, parts, () => {
    const others = nodes.filter((node) => node !== founder);
    const isAlone = (founder.log?.batches.length ?? 0) > 0 && others.every((node) => (node.log?.batches.length ?? 0) === 0);
    if (isAlone) coverage.count('a founder was cut off after its first batch');
    if (random.chance(0.5)) end(random.chance(0.5));
    else for (const other of others) cutForAWhile([founder, other], parts);
  });
}

/** The successor is paused, or cut off from its leader, or from all nodes. */
export function strikeHeir({ leader, heir }: { readonly leader: SimNode; readonly heir: SimNode }, parts: FaultParts): void {
  const { nodes, random } = parts;
  soon(heir, parts, () => {
    if (random.chance(0.3)) heir.pause();
    else if (random.chance(0.5)) cutForAWhile([leader, heir], parts);
    else for (const other of nodes) if (other !== heir) cutForAWhile([other, heir], parts);
    if (heir.isPaused) parts.world.after(random.between(1000, 6000), () => heir.resume());
  });
}

/** The source answers but lends nothing. */
export function strikeSource(source: SimNode, { random }: FaultParts): void {
  if (!source.isInMemory && random.chance(0.3)) source.disk.stall(random.between(4000, 10_000));
}

/** @param node - at the address that it has now */
export function loseFirstAddress(node: SimNode, parts: FaultParts): void {
  const [first] = parts.nodes;
  if (first !== undefined && first !== node && parts.random.chance(0.5)) cutForAWhile([node, first], parts, cutOffMovedMs);
}

/** Within a few milliseconds, if the same process still runs. */
function soon(node: SimNode, { world, random }: FaultParts, strike: () => void): void {
  const { incarnation } = node;
  world.after(random.between(0, 40) / 10, () => {
    if (node.incarnation === incarnation && node.isUp) strike();
  });
}

/** Long enough for the others to notice, and to campaign if they may. */
function cutForAWhile(
  [{ url: one }, { url: other }]: readonly [SimNode, SimNode],
  { world, network, random }: FaultParts,
  msMin = cutMsMin,
): void {
  network.cut(one, other);
  network.cut(other, one);
  world.after(random.between(msMin, msMin + cutMsSpread), () => network.mend(one, other));
}
