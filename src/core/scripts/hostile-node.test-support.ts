/** A replica with a log and its surroundings, for the tests of hostile peers in each of its roles. */

import assert from 'node:assert/strict';
import type { Batch, BatchDraft } from '../model/batch.ts';
import type { Feed, NodeState, Ready } from '../model/events.ts';
import type { MemberList } from '../model/members.ts';
import type { PeerMessage } from '../model/messages.ts';
import {
  batchNumber,
  clusterId,
  epoch,
  incarnation,
  instantMs,
  logAge,
  nodeId,
  offset,
  storageId,
  streamId,
  timestampMs,
} from '../model/numbers.ts';
import type { ElectionOptions } from '../node/context.ts';
import { replicaOptions, testIdempotency } from './replica-options.test-support.ts';
import { Replica } from '../replica.ts';
import { ScriptDisk } from './script-disk.test-support.ts';

export const mine = clusterId('c');
export const names = ['m', 's1', 's2'].map(nodeId);
const list: MemberList = {
  members: names.map((id) => ({ id, storageId: storageId(`storage-of-${id}`), url: `http://${id}:1`, since: batchNumber(0) })),
  removed: [],
  founder: nodeId('m'),
};
/**
 * Two epochs: a first batch with the list, and three entries; a marker, two entries, the list again, and one entry that is not
 * known to be committed.
 */
export const plan = [
  { epoch: 1, entries: 0, list },
  { epoch: 1, entries: 2 },
  { epoch: 1, entries: 1 },
  { epoch: 2, entries: 0 },
  { epoch: 2, entries: 2 },
  { epoch: 2, entries: 0, list },
  { epoch: 2, entries: 1 },
];
export const committedEnd = 5;

function draftsOf(): BatchDraft[] {
  let at = 0;
  return plan.map((batch, number) => {
    const draft: BatchDraft = {
      epoch: epoch(batch.epoch),
      number: batchNumber(number),
      baseOffset: offset(at),
      entryCount: batch.entries,
      timestamp: timestampMs(number),
      age: logAge(0),
      committedEnd: offset(number === plan.length - 1 ? committedEnd : 0),
      isMarker: batch.entries === 0 && batch.list === undefined,
      memberList: batch.list,
      keys: [],
      requestIds: [],
    };
    at += batch.entries;
    return draft;
  });
}

/** A replica and its surroundings, in which everything that it wants done is done at once. */
export class Node {
  readonly replica: Replica;
  readonly disk = new ScriptDisk();
  readonly sent: PeerMessage[] = [];
  readonly closed = new Set<number>();
  readonly dials: string[] = [];
  readonly logEvents: string[] = [];
  #now = 0;

  /** Whether writes wait until `flush`. */
  isDiskSlow = false;
  /** Whether reads wait, in `feeds`, until `fed`. */
  isReadSlow = false;
  readonly feeds: Feed[] = [];

  constructor(id: string, promisedEpoch = 2, promisedTo: NodeState['promisedTo'] = null, elections?: ElectionOptions) {
    for (const draft of draftsOf()) this.disk.push({ kind: 'write', draft });
    this.disk.flush();
    const { outline } = this.disk.recover(testIdempotency);
    const state = {
      clusterId: mine,
      storageId: storageId(`storage-of-${id}`),
      promisedEpoch: epoch(promisedEpoch),
      promisedTo,
      forgot: null,
    };
    const isMaster = id === 'm';
    const secondaries = isMaster ? ['http://s1:1', 'http://s2:1'] : [];
    const options = replicaOptions({
      id: nodeId(id),
      url: `http://${id}:1`,
      secondaries,
      batchBytesMax: 100,
      elections,
      drawId: () => `drawn-${(this.#now += 1)}`,
    });
    this.replica = new Replica(options, { outline, state });
    this.tick(0);
  }

  step(event: Parameters<Replica['step']>[0]): void {
    this.replica.setTime(instantMs(this.#now), timestampMs(this.#now));
    this.replica.step(event);
    this.settle();
  }

  fed({ stream, epoch: of, feedId }: Feed, end: number): void {
    this.replica.step({ kind: 'fed', stream, epoch: of, feedId, end: batchNumber(end), bytes: 10 });
  }

  /** Its disk does all pending work. */
  flush(): void {
    for (const event of this.disk.flush()) this.step(event);
  }

  tick(ms: number): void {
    this.#now += ms;
    this.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
  }

  settle(): void {
    for (let ready = this.replica.takeReady(); ready !== undefined; ready = this.replica.takeReady()) this.#carryOut(ready);
  }

  #carryOut(ready: Ready): void {
    if (ready.save !== undefined) this.replica.step({ kind: 'stateSaved', version: ready.save.version });
    for (const work of ready.logWork) this.disk.push(work);
    if (!this.isDiskSlow) for (const event of this.disk.flush()) this.replica.step(event);
    for (const { message } of ready.sends) this.sent.push(message);
    for (const stream of ready.closes) this.closed.add(stream);
    this.dials.push(...ready.dials);
    this.logEvents.push(...ready.logEvents.map(({ event }) => event));
    for (const feed of ready.feeds) {
      if (this.isReadSlow) {
        this.feeds.push(feed);
        continue;
      }
      const last = this.disk.read(feed).at(-1);
      if (last !== undefined) this.fed(feed, last.number + 1);
    }
  }

  /** The batches that it holds of those that were known to be committed at the start. */
  get committedBatches(): string[] {
    const all = this.disk.read({ from: batchNumber(0), end: batchNumber(1000), bytesMax: 1e9 } as Parameters<ScriptDisk['read']>[0]);
    return all
      .filter((batch) => batch.baseOffset + batch.entryCount <= committedEnd && batch.number <= 4)
      .map((batch) => `${batch.epoch}#${batch.number}/${batch.baseOffset}+${batch.entryCount}`);
  }
}

export const ownEnd = { number: batchNumber(plan.length), offset: offset(6) };

/** A batch of one entry. */
export function oneEntry(number: number, baseOffset: number): Batch {
  const at = { number: batchNumber(number), baseOffset: offset(baseOffset), entryCount: 1, committedEnd: offset(0), isMarker: false };
  const time = { timestamp: timestampMs(9), age: logAge(0) };
  return { epoch: epoch(2), ...at, ...time, memberList: undefined, keys: [], checksum: 1, bytes: new Uint8Array(10) };
}

export const greeting = (id: string): PeerMessage => ({
  kind: 'hello',
  epoch: epoch(2),
  id: nodeId(id),
  storageId: storageId(`storage-of-${id}`),
  incarnation: incarnation(`${id}#1`),
  url: `http://${id}:1`,
  clusterId: mine,
  hasMessages: true,
  memberIds: names,
  delayMs: 0,
  wallClock: undefined,
});

/** The master with streams that it opened itself: to a secondary, and to the address where the other one should be. */
export function master(isLeading: boolean, promisedEpoch = 2): Node {
  const node = new Node('m', promisedEpoch);
  node.step({ kind: 'leadershipOffered' });
  node.tick(20);
  for (const [index, url] of ['http://s1:1', 'http://s2:1'].entries()) node.step({ kind: 'dialed', url, stream: streamId(index + 1) });
  if (!isLeading) return node;
  node.step({ kind: 'messageReceived', stream: streamId(1), message: greeting('s1') });
  const tip = { epoch: epoch(2), number: batchNumber(plan.length - 1) };
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'promise', epoch: node.replica.promisedEpoch, tip, clusterId: mine },
  });
  assert.ok(node.replica.isLeading);
  return node;
}

export function greetAll(node: Node, ids: readonly string[]): void {
  for (const id of ids) node.step({ kind: 'messageReceived', stream: streamId(id === 's2' ? 2 : 1), message: greeting(id) });
}
