/**
 * Faults between simulated nodes. An odd partition is harder than a clean one: a node sees both sides, or hears others and
 * is not heard, or keeps its open streams while its name no longer resolves.
 */

import type { Coverage } from '../checkers/coverage.ts';
import type { NetworkFaultKind } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

/** What network faults act on. */
export interface FaultParts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly coverage: Coverage;
}

/** How late a slow link is, one way. */
const slowMsMax = 500;

/** @param other - the node at the other end of a link; it may be the same one, and then little happens */
export function injectNetworkFault(kind: NetworkFaultKind, { node, other }: { node: SimNode; other: SimNode }, parts: FaultParts): void {
  const { network, nodes, random, coverage } = parts;
  const others = random.shuffled(nodes.filter((each) => each !== node));
  switch (kind) {
    case 'cut':
      cutBothWays(network, node, other);
      break;
    case 'cutOneWay':
      network.cut(node.url, other.url);
      break;
    case 'breakStream':
      network.breakSomeStream();
      break;
    case 'heal':
      network.heal();
      break;
    case 'isolate':
      isolate(node, others, parts);
      break;
    case 'isolatePair': {
      const pair = [node, ...others.slice(0, 1)];
      keepOnly(parts, (one, two) => pair.includes(one) === pair.includes(two));
      break;
    }
    case 'bridge': {
      // All see this node, and otherwise only their own side.
      const side = others.slice(0, Math.ceil(others.length / 2));
      keepOnly(parts, (one, two) => one === node || two === node || side.includes(one) === side.includes(two));
      if (others.length > 1) coverage.count('one node saw two sides that did not see each other');
      break;
    }
    case 'chain': {
      const chain = [node, ...others];
      keepOnly(parts, (one, two) => Math.abs(chain.indexOf(one) - chain.indexOf(two)) === 1);
      break;
    }
    case 'slowLink': {
      const ms = random.between(20, slowMsMax);
      network.slow(node.url, other.url, ms);
      if (random.chance(0.5)) network.slow(other.url, node.url, ms);
      later(parts, () => network.hasten(node.url, other.url));
      break;
    }
    case 'loseName':
      network.loseName(node.url);
      later(parts, () => network.findName(node.url));
      break;
    default:
      throw new Error(`no such fault: ${String(kind)}`);
  }
}

/** The node is cut off from all others, or only hears them, or is only heard. */
function isolate(node: SimNode, others: readonly SimNode[], parts: FaultParts): void {
  const { network, random } = parts;
  const [isMute, isDeaf] = random.pick([
    [true, false],
    [false, true],
    [true, true],
  ] as const);
  const { url } = node;
  const urls = others.map((other) => other.url);
  for (const other of urls) {
    if (isMute) network.cut(url, other);
    if (isDeaf) network.cut(other, url);
  }
  later(parts, () => {
    for (const other of urls) network.mend(url, other);
  });
}

/** Cuts all links but some, both ways, for a while. */
function keepOnly(parts: FaultParts, isKept: (one: SimNode, two: SimNode) => boolean): void {
  const { network, nodes } = parts;
  const links = nodes.flatMap((one, at) => nodes.slice(at + 1).map((two) => [one, two] as const));
  const cuts = links.filter(([one, two]) => !isKept(one, two)).map(([one, two]) => [one.url, two.url] as const);
  for (const [one, two] of cuts) {
    network.cut(one, two);
    network.cut(two, one);
  }
  later(parts, () => {
    for (const [one, two] of cuts) network.mend(one, two);
  });
}

/** After a moment, so that what was sent meanwhile arrives late; or after so long that the others must do without the node. */
function later({ world, random }: FaultParts, mend: () => void): void {
  world.after(random.chance(0.3) ? random.between(300, 3000) : random.between(3000, 20_000), mend);
}

function cutBothWays(network: SimNetwork, one: SimNode, two: SimNode): void {
  network.cut(one.url, two.url);
  network.cut(two.url, one.url);
}
