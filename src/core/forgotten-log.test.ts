import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogOutline } from './log/log-outline.ts';
import { batchNumber, clusterId, epoch, instantMs, logAge, nodeId, offset, storageId, timestampMs } from './model/numbers.ts';
import type { ElectionOptions } from './node/context.ts';
import { Replica } from './replica.ts';
import { replicaOptions, testIdempotency } from './scripts/replica-options.test-support.ts';

const forgot = { epoch: epoch(1), number: batchNumber(7), end: offset(5) };
const elections: ElectionOptions = { timeoutMs: 1500, priority: 1, isFounder: true, mayRecoverWithoutQuorum: false };

/** Runs a node with no other node configured. @returns what it reports after it has had time to lead */
function playAlone(parts: { readonly outline: LogOutline; readonly elections?: ElectionOptions; readonly hasForgotten: boolean }): {
  readonly role: string;
  readonly events: readonly string[];
  readonly why: unknown;
} {
  const state = {
    clusterId: clusterId('c'),
    storageId: storageId('new'),
    promisedEpoch: epoch(1),
    promisedTo: null,
    forgot: parts.hasForgotten ? forgot : null,
  };
  const replica = new Replica(replicaOptions({ id: nodeId('m'), url: 'http://m:1', elections: parts.elections }), {
    outline: parts.outline,
    state,
  });
  replica.step({ kind: 'leadershipOffered' });
  const events: string[] = [];
  let why: unknown;
  for (let now = 0; now <= 20_000; now += 100) {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
      for (const { event, facts } of ready.logEvents) {
        events.push(event);
        if (event === 'campaign.waiting') why = facts['why'];
      }
      if (ready.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
    }
  }
  return { role: replica.status().role, events, why };
}

/** A log of one batch, whose list names this node with the storage that it had before. */
function logOfOne(): LogOutline {
  const outline = new LogOutline(testIdempotency);
  const members = [{ id: nodeId('m'), storageId: storageId('old'), url: 'http://m:1', since: batchNumber(0) }];
  outline.append({
    ...{ epoch: epoch(1), number: batchNumber(0), baseOffset: offset(0), entryCount: 0, timestamp: timestampMs(1), age: logAge(0) },
    ...{ committedEnd: offset(0), isMarker: true, keys: [], memberList: { members, removed: [], founder: nodeId('m') } },
  });
  outline.flushed(batchNumber(1));
  return outline;
}

test('a node whose storage forgot its whole log founds no cluster, with or without elections', () => {
  const empty = (): LogOutline => new LogOutline(testIdempotency);
  const named = playAlone({ outline: empty(), hasForgotten: true });
  assert.deepEqual([named.role, named.why], ['candidate', 'this storage had a log, and forgot it']);
  assert.ok(!named.events.includes('cluster.founded'));
  assert.deepEqual(playAlone({ outline: empty(), elections, hasForgotten: true }).events, []);
  // Without `forgot`, both found one.
  assert.equal(playAlone({ outline: empty(), hasForgotten: false }).role, 'leader');
  assert.ok(playAlone({ outline: empty(), elections, hasForgotten: false }).events.includes('cluster.founded'));
});

test('a lone master that forgot part of its log does not continue with the rest, unlike one whose folder was copied', () => {
  const forgetful = playAlone({ outline: logOfOne(), hasForgotten: true });
  assert.deepEqual([forgetful.role, forgetful.why], ['candidate', 'this storage forgot, and too few remember']);
  const copied = playAlone({ outline: logOfOne(), hasForgotten: false });
  assert.equal(copied.role, 'leader');
  assert.ok(copied.events.includes('recovery.with-little-memory'));
});
