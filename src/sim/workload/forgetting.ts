/**
 * A disk that forgets: while a node is down, the file of its last segment is shortened or removed, or a bit of it flips. One
 * node at a time, and only what the design promises to survive: what was noted as flushed, or what all others hold as well.
 */

import type { StorageId } from '../../core/model/numbers.ts';
import { parseState, stateFileName } from '../../storage/format/state-format.ts';
import type { Coverage } from '../checkers/coverage.ts';
import type { LogChecker } from '../checkers/log-checker.ts';
import type { Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { SimDisk } from '../world/sim-disk.ts';
import { flipped } from '../world/sim-damage.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import { stopInGoodOrder } from './operator.ts';

interface Parts {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly logs: LogChecker;
  readonly coverage: Coverage;
  readonly plan: Plan;
  readonly tell: (node: string, what: string, facts: unknown) => void;
}

/** What a node held when it ended. */
interface HeldAtEnd {
  readonly batchCount: number;
  readonly lastEpoch: number;
  readonly storageId: StorageId | undefined;
}

function heldBy({ log }: SimNode): HeldAtEnd {
  const durable = log?.durable ?? [];
  return { batchCount: durable.length, lastEpoch: durable.at(-1)?.epoch ?? 0, storageId: log?.storageId };
}

const bytesMax = 600;
/** A batch or two: what was noted is still there, and only a leader can notice the loss. */
const fewBytes = 200;

/** What can be done with a node, and whether one more node may lose what it held. */
interface Deeds {
  readonly end: (isPowerLoss: boolean) => void;
  readonly mayForget: () => boolean;
  readonly boot: () => void;
}

/** Ends the node in some way; while it is down its disk forgets, and then it starts again. */
export function endAndForget(node: SimNode, parts: Parts, { end, mayForget, boot }: Deeds): void {
  const { random, world } = parts;
  const endIt = (isPowerLoss: boolean): void => {
    const held = heldBy(node);
    end(isPowerLoss);
    const { incarnation } = node;
    world.after(random.between(10, 5000), () => {
      // By then it may have been started by another fault, or another node may have lost something.
      if (node.incarnation === incarnation && mayForget()) forgetSome(node, held, parts);
      boot();
    });
  };
  if (random.chance(0.3)) stopInGoodOrder(node, parts, () => endIt(false));
  else endIt(random.chance(0.5));
}

/** Ends a node within the few milliseconds that a cut takes: a half-finished cut must not look like a disk that forgot. */
export function strikeWhileCutting(
  node: SimNode,
  { world, random, coverage, plan }: Pick<Parts, 'world' | 'random' | 'coverage' | 'plan'>,
  end: (isPowerLoss: boolean) => void,
): void {
  if (!(plan.faults.includes('forget') || plan.faults.includes('powerLoss')) || random.chance(0.5)) return;
  const { incarnation } = node;
  world.after(random.between(0, 60) / 10, () => {
    if (node.incarnation !== incarnation || !node.isUp) return;
    coverage.count('a node ended while it cut its log');
    end(random.chance(0.5));
  });
}

/** @param held - what this node, which is down, held when it ended */
function forgetSome(node: SimNode, held: HeldAtEnd, parts: Parts): void {
  const { nodes, random, logs, tell } = parts;
  const { disk } = node;
  const noted = notedOn(disk);
  const isNoted = noted >= held.batchCount - 1;
  // A founder may be alone with its log: that is more than a minority.
  if (
    held.storageId === undefined ||
    logs.committed.length === 0 ||
    !(isNoted || nodes.every((other) => other === node || holdsAll(other, held)))
  )
    return;
  const segments = disk.names(undefined).filter((name) => name.endsWith('.log'));
  const last = segments.at(-1);
  const inode = last === undefined ? undefined : disk.inode(last);
  if (last === undefined || inode === undefined || inode.content.length === 0) return;
  // A node that finds the damage is emptied.
  const mayFlip = logs.canLose(node);
  const how = random.pick(['shorten', 'shorten', segments.length > 1 ? 'remove' : 'shorten', mayFlip ? 'flip' : 'shorten'] as const);
  tell(node.id, 'FORGETS', { how, held: held.batchCount, noted });
  if (how === 'remove') {
    disk.remove(last);
    disk.syncNames();
  } else if (how === 'shorten') {
    const left = Math.max(0, inode.content.length - (isNoted ? random.between(1, bytesMax) : random.between(60, fewBytes)));
    inode.content = inode.content.subarray(0, left);
    inode.durable = inode.durable.subarray(0, left);
    inode.phantoms = [];
  } else {
    const flip = {
      position: random.between(Math.max(0, inode.content.length - bytesMax), inode.content.length - 1),
      mask: 1 << random.between(0, 7),
    };
    inode.flips.push(flip);
    inode.content = flipped(inode.content, [flip]);
    inode.durable = flipped(inode.durable, [flip]);
  }
  if (random.chance(0.3)) disk.loseIndexes();
  logs.forgets(node, { storageId: held.storageId, noted, isJudged: false });
}

function notedOn(disk: SimDisk): number {
  const state = disk.inode(stateFileName);
  return state === undefined ? -1 : (parseState(state.content).held?.number ?? -1);
}

/** Holding one batch means holding all batches before it. */
function holdsAll({ log }: SimNode, { batchCount, lastEpoch }: HeldAtEnd): boolean {
  return batchCount === 0 || log?.durable[batchCount - 1]?.epoch === lastEpoch;
}
