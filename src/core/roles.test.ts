import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogOutline } from './log/log-outline.ts';
import type { PeerMessage } from './model/messages.ts';
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
} from './model/numbers.ts';
import { logStart } from './model/place.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { Replica } from './replica.ts';
import { replicaOptions, testIdempotency } from './scripts/replica-options.test-support.ts';

const leads = { epoch: epoch(9), clusterId: clusterId('c') };

/** A node that campaigned and lost, follows the winner, and has no room for the winner's first batch. */
class LoserWithoutRoom {
  readonly replica: Replica;
  readonly logged: string[] = [];
  #now = 0;

  constructor() {
    const options = replicaOptions({ id: nodeId('m'), url: 'http://m:1', newCluster: 'never' });
    this.replica = new Replica(options, { outline: new LogOutline(testIdempotency), state: undefined });
    this.replica.step({ kind: 'leadershipOffered' });
    this.letTimePass(100);
    this.replica.step({ kind: 'streamAccepted', stream: streamId(1) });
    const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
    this.say({ kind: 'hello', ...leads, ...who, hasMessages: true, memberIds: [], delayMs: 0, wallClock: undefined });
    this.say({ kind: 'lead', ...leads, memberIds: [] });
    this.say({ kind: 'match', epoch: leads.epoch, point: logStart });
    const batch = encodeBatch(
      {
        ...{ epoch: leads.epoch, number: batchNumber(0), baseOffset: offset(0), entryCount: 0, timestamp: timestampMs(1), age: logAge(0) },
        ...{ committedEnd: offset(0), isMarker: true, keys: [], requestIds: [] },
        memberList: { members: [], removed: [], founder: nodeId('n') },
      },
      [],
    );
    this.say({ kind: 'replicate', epoch: leads.epoch, batch });
    this.replica.step({ kind: 'writeRefused', bytes: 100, lacks: 'disk space', number: batch.number });
    this.#takeReady();
  }

  say(message: PeerMessage): void {
    this.replica.step({ kind: 'messageReceived', stream: streamId(1), message });
    this.#takeReady();
  }

  letTimePass(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += 20;
      this.replica.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
      this.#takeReady();
    }
  }

  #takeReady(): void {
    for (let ready = this.replica.takeReady(); ready !== undefined; ready = this.replica.takeReady()) {
      this.logged.push(...ready.logEvents.map(({ event }) => event));
      if (ready.save !== undefined) this.replica.step({ kind: 'stateSaved', version: ready.save.version });
    }
  }
}

test('a node that lost a campaign, and whose disk was full while the leader was silent, does not depose it once both are back', () => {
  const node = new LoserWithoutRoom();
  assert.deepEqual([node.replica.status().role, node.logged.includes('campaign.yielded')], ['follower', true]);
  node.letTimePass(4000);
  node.say({ kind: 'heartbeat', epoch: leads.epoch, sequence: 7, committedEnd: offset(0) });
  node.replica.step({ kind: 'roomFound' });
  node.letTimePass(200);
  assert.equal(node.replica.status().role, 'follower');
  assert.equal(node.logged.filter((event) => event === 'campaign.started').length, 1);
});

test('a node that lost a campaign, and whose disk was full, campaigns once it has room if the leader is still gone', () => {
  const node = new LoserWithoutRoom();
  node.letTimePass(4000);
  assert.equal(node.logged.filter((event) => event === 'campaign.started').length, 1);
  node.replica.step({ kind: 'roomFound' });
  node.letTimePass(4000);
  assert.equal(node.logged.filter((event) => event === 'campaign.started').length, 2);
});
