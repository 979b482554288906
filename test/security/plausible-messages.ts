/** Messages in their right form, of which many come from somebody who may not say them, or at the wrong time. */

import type { Hello, PeerMessage } from '../../src/core/model/messages.ts';
import { batchNumber, clusterId, epoch, incarnation, nodeId, offset, storageId, timestampMs } from '../../src/core/model/numbers.ts';
import type { LogPoint } from '../../src/core/model/place.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Random } from '../../src/sim/world/random.ts';

/** What the speaker knows of the node that it speaks to. */
export interface Known {
  /** As it introduces itself. */
  readonly self: Hello;
  /** Whether the speaker dialed. */
  readonly isOpener: boolean;
  readonly clusterId: string;
  readonly epoch: number;
  /** Where the node's log ends. */
  readonly end: LogPoint;
}

export function frameOf(message: PeerMessage): Buffer {
  return Buffer.concat(encodeMessage(message));
}

export function someCount(random: Random, { epoch: promised, end }: Known): number {
  const near = [0, 1, promised, promised - 1, end.number, end.offset, end.number + 1, end.offset + 1, end.number - 1];
  const far = [2 ** 31, 2 ** 32, 2 ** 32 + promised + 1, 2 ** 40, 2 ** 52, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER];
  return Math.max(0, random.chance(0.7) ? random.pick(near) : random.pick(far));
}

/** Any message in its right form, of either side. */
export function someMessage(random: Random, known: Known): PeerMessage {
  const count = (): number => someCount(random, known);
  const head = { epoch: epoch(random.chance(0.7) ? known.epoch : count()) };
  const place = (): { epoch: ReturnType<typeof epoch>; number: ReturnType<typeof batchNumber> } => ({
    epoch: epoch(count()),
    number: batchNumber(count() - 1),
  });
  const point = (): LogPoint => ({ number: batchNumber(count()), offset: offset(count()) });
  const { end } = known;
  const shapes = [
    { starts: [], end: { number: batchNumber(0), offset: offset(0) } },
    {
      starts: [{ epoch: epoch(1), number: batchNumber(0), offset: offset(0) }],
      end: { number: batchNumber(end.number + 9), offset: offset(end.offset + 9) },
    },
    { starts: [{ epoch: epoch(known.epoch + 1), number: batchNumber(0), offset: offset(0) }], end },
  ];
  const leader = random.chance(0.5) ? null : { id: nodeId('n9'), url: 'http://127.0.0.1:9', epoch: epoch(count()) };
  const shape = random.pick(shapes);
  const cluster = clusterId(random.chance(0.7) ? known.clusterId : random.id());
  const why = 'because';
  const reason = random.pick(['epoch', 'other-cluster', 'id-taken', 'removed', 'diverged'] as const);
  const refusal = (): PeerMessage => ({ kind: 'refuse', ...head, reason, leader, clusterId: cluster });
  const openers: readonly (() => PeerMessage)[] = [
    () => ({ kind: 'requestPromise', ...head }),
    () => ({ kind: 'fetch', ...head, shape }),
    () => ({ kind: 'fetchNext', ...head, number: batchNumber(count()) }),
    () => ({ kind: 'lead', ...head, clusterId: cluster, memberIds: known.self.memberIds }),
    () => ({ kind: 'match', ...head, point: point(), ...(random.chance(0.2) && { acknowledged: { ...place(), end: offset(count()) } }) }),
    () => ({ kind: 'heartbeat', ...head, sequence: count(), committedEnd: offset(count()), remembersForwards: random.chance(0.5) }),
    () => ({ kind: 'readAnswer', ...head, readId: count(), end: offset(count()), firstOffset: offset(count()) }),
    () => ({ kind: 'poll', ...head, round: count(), tip: place(), priority: count() }),
    () => ({ kind: random.pick(['resign', 'takeOver']), ...head }),
    () => ({ kind: 'keepLead', ...head, why }),
    refusal,
  ];
  const acceptors: readonly (() => PeerMessage)[] = [
    () => ({ kind: 'promise', ...head, tip: place(), clusterId: cluster }),
    () => ({ kind: 'fetchMatch', ...head, point: point(), end: point() }),
    () => ({ kind: 'fetchChunkEnd', ...head, end: batchNumber(count()) }),
    () => ({ kind: 'following', ...head, shape }),
    () => ({ kind: 'acknowledge', ...head, tip: place(), durableEnd: offset(count()) }),
    () => ({ kind: 'heartbeatAnswer', ...head, sequence: count(), canStore: random.chance(0.5), wallClock: timestampMs(count()) }),
    () => ({ kind: 'readRequest', ...head, readId: count() }),
    () => ({ kind: 'pollAnswer', ...head, round: count(), refusal: null, tip: place(), canLead: true, priority: count(), leader }),
    () => ({ kind: 'declineLead', ...head, why }),
    () => ({ kind: 'askHandOver', ...head }),
    refusal,
  ];
  if (random.chance(0.04)) return { ...known.self, ...head, id: nodeId(random.pick([known.self.id, 'n9'])) };
  return random.pick(known.isOpener === random.chance(0.95) ? openers : acceptors)();
}

/** How a member introduces itself, as a node of this name and storage. */
export function helloOf({
  id,
  storage,
  cluster,
  members,
}: {
  readonly id: string;
  readonly storage: string;
  readonly cluster: string | null;
  readonly members: readonly string[];
}): Hello {
  return {
    ...{ kind: 'hello', epoch: epoch(1), id: nodeId(id), storageId: storageId(storage), incarnation: incarnation(`gone-wrong-${id}`) },
    ...{ url: 'http://127.0.0.1:9', clusterId: cluster === null ? null : clusterId(cluster), hasMessages: true },
    ...{
      memberIds: members.map(nodeId),
      delayMs: 0,
      wallClock: timestampMs(Date.now()),
      features: ['elections', 'hand-over'],
      priority: 0,
    },
  };
}
