/**
 * What one seed decides: how large the cluster is, what its nodes are like, which kinds of fault occur and how often. Each
 * seed leaves some kinds out (swarm testing: Groce and others, 2012), since a run with all of them seldom gets far with
 * any of them.
 */

import type { Random } from './random.ts';

const networkFaultKinds = [
  'breakStream',
  'bridge',
  'chain',
  'cut',
  'cutOneWay',
  'heal',
  'isolate',
  'isolatePair',
  'loseName',
  'slowLink',
] as const;
/** Faults between nodes. */
export type NetworkFaultKind = (typeof networkFaultKinds)[number];

const nodeFaultKinds = [
  'bitFlip',
  'clockJump',
  'diskStall',
  'fillDisk',
  'flushFailure',
  'forget',
  'kill',
  'move',
  'pause',
  'powerLoss',
  'promote',
  'remove',
  'spoilIndex',
  'stop',
  'wipe',
  'wipeOthers',
] as const;
export type FaultKind = NetworkFaultKind | (typeof nodeFaultKinds)[number];
const faultKinds: readonly FaultKind[] = [...nodeFaultKinds, ...networkFaultKinds];

export interface NodePlan {
  readonly name: string;
  readonly isInMemory: boolean;
  readonly delayMs: number;
  /** It registers under a name other than the one that its master knows. */
  readonly hasTwoNames: boolean;
  /** Only used by nodes that elect. */
  readonly priority: number;
  /** Small, so that what a slow follower lacks has to be read from the disk. */
  readonly recentBytesMax: number;
  /** How much of its disk it keeps for trims, bases and checkpoints. */
  readonly keptBytes: number;
  /** It runs the version before this one, and cannot tell identities of forwarded appends from keys. */
  readonly isOlder: boolean;
}

export interface Plan {
  /** The master first. */
  readonly nodes: readonly NodePlan[];
  /** Whether the master knows its secondaries from the start; else they register themselves. */
  readonly areNamed: boolean;
  /**
   * `static`: the master leads. `fickle`: leadership is offered to any node at any time, even to several at once. `elections`:
   * the nodes are equal, know each other, and elect their leader.
   */
  readonly coordinator: 'static' | 'fickle' | 'elections';
  /** The nodes start at any moment within this, so a master may found before a later node has started. */
  readonly startsWithinMs: number;
  /** The founder is struck at once; the others, which elect, wait for it. */
  readonly losesFounder: boolean;
  /** A successor is struck as soon as it is given the lead. */
  readonly losesHeirs: boolean;
  readonly faults: readonly FaultKind[];
  readonly faultIntervalMs: number;
  readonly appendIntervalMs: number;
  /** Share of appends with an idempotency key. */
  readonly keyShare: number;
  /** Share of appends whose messages have keys of their own. */
  readonly spreadShare: number;
  /** What the cluster is told to keep: besides trims that are asked for, by the number of entries, by bytes, or by age. */
  readonly keeps: 'everything' | 'untrimmed' | 'entries' | 'bytes' | 'age';
}

/** What a seed does not decide. */
export interface PlanSettings {
  readonly nodeCount: number | undefined;
  /** Its nodes elect their leader. */
  readonly isElecting: boolean;
}

const faultsMin = 3;

export function planFor(random: Random, settings: PlanSettings): Plan {
  const count = settings.nodeCount ?? (random.chance(0.7) ? 3 : random.pick([2, 5, 5]));
  const isElecting = random.chance(0.5) || settings.isElecting;
  const areNamed = isElecting || random.chance(0.7);
  const coordinator = isElecting ? 'elections' : areNamed && random.chance(0.4) ? 'fickle' : 'static';
  const memoryShare = random.chance(0.25) ? 0.5 : 0;
  const secondNameShare = random.chance(0.3) ? 0.6 : 0;
  const delayShare = random.chance(0.4) ? 0.4 : 0;
  const priorities = random.pick([[0, 1, 1, 1, 2], [0, 1, 1, 1, 2], [1], [0], [0, 0, 0, 1]]);
  const nodes = Array.from({ length: count }, (_, index): Omit<NodePlan, 'isOlder'> => {
    const isMaster = index === 0;
    return {
      name: isMaster ? 'm' : `s${index}`,
      // An empty master without named secondaries founds a new cluster, and then nothing is promised.
      isInMemory: random.chance(memoryShare) && (!isMaster || areNamed),
      delayMs: random.chance(delayShare) ? random.between(1, 2000) : 0,
      hasTwoNames: !isMaster && !isElecting && random.chance(secondNameShare),
      priority: random.pick(priorities),
      recentBytesMax: random.pick([2048, 64 * 1024]),
      keptBytes: random.pick([0, 0, 6000]),
    };
  });
  const faults: FaultKind[] = faultKinds.filter(() => random.chance(0.55));
  while (faults.length < faultsMin) faults.push(random.pick(['breakStream', 'cut', 'heal', 'kill', 'pause', 'powerLoss']));
  const olderShare = random.chance(0.15) ? 0.4 : 0;
  return {
    nodes: nodes.map((node) => ({ ...node, isOlder: random.chance(olderShare) })),
    areNamed,
    coordinator,
    startsWithinMs: random.pick([500, 500, 4000]),
    losesFounder: isElecting && random.chance(0.15),
    losesHeirs: isElecting && random.chance(0.25),
    faults,
    faultIntervalMs: random.pick([300, 1000, 2500]),
    appendIntervalMs: random.pick([50, 150, 400]),
    keyShare: random.pick([0.4, 0.8, 1]),
    spreadShare: random.pick([0, 0.1, 0.4]),
    // A node of the last version could not read what is decided, and nothing would be.
    keeps: olderShare > 0 ? 'everything' : random.pick(['everything', 'untrimmed', 'entries', 'bytes', 'age']),
  };
}
