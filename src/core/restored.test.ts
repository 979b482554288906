import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchDraft } from './model/batch.ts';
import type { NodeState, Ready } from './model/events.ts';
import { LogOutline } from './log/log-outline.ts';
import { batchNumber, clusterId, epoch, instantMs, logAge, nodeId, offset, storageId, timestampMs } from './model/numbers.ts';
import { replicaOptions, testIdempotency } from './scripts/replica-options.test-support.ts';
import { Replica } from './replica.ts';

const members = ['m', 'a', 'b'].map((id) => ({
  id: nodeId(id),
  storageId: storageId(`old ${id}`),
  url: `http://${id}:1`,
  since: batchNumber(0),
}));

/** Three batches of a cluster of three, all of them committed. */
function oldLog(count = 3): LogOutline {
  const outline = new LogOutline(testIdempotency);
  for (let number = 0; number < count; number += 1) {
    const isFirst = number === 0;
    outline.append({
      ...{ epoch: epoch(4), number: batchNumber(number), baseOffset: outline.end.offset, entryCount: isFirst ? 0 : 2 },
      ...{ timestamp: timestampMs(1), age: logAge(0), committedEnd: offset(0), isMarker: isFirst, keys: [] },
      memberList: isFirst ? { members, removed: [], founder: nodeId('m') } : undefined,
    });
  }
  outline.flushed(outline.end.number);
  return outline;
}

const state: NodeState = {
  ...{ clusterId: clusterId('drawn by restore'), storageId: storageId('new'), promisedEpoch: epoch(4), promisedTo: null, forgot: null },
  restoredTo: batchNumber(3),
};

interface Did {
  readonly writes: BatchDraft[];
  readonly dials: string[];
  readonly states: NodeState[];
}

/** A second of its life, in which everything that it wants written or saved is. */
function aSecondOf(replica: Replica): Did {
  const did: Did = { writes: [], dials: [], states: [] };
  const carryOut = (ready: Ready): void => {
    did.dials.push(...ready.dials);
    if (ready.save !== undefined) did.states.push(ready.save.state);
    if (ready.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
    for (const work of ready.logWork) {
      if (work.kind !== 'write') continue;
      did.writes.push(work.draft);
      replica.step({ kind: 'written', end: batchNumber(work.draft.number + 1) });
      replica.step({ kind: 'flushed', end: batchNumber(work.draft.number + 1) });
    }
  };
  for (let now = 0; now < 1000; now += 20) {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) carryOut(ready);
  }
  return did;
}

function nodeWith(outline: LogOutline, elections: boolean): Replica {
  const options = replicaOptions({ id: nodeId('any'), url: 'http://any:1' });
  const electing = { ...options, foundsWithAll: true, elections: { timeoutMs: 300, priority: 1, mayRecoverWithoutQuorum: true } };
  return new Replica((elections ? electing : options) as typeof options, { outline, state });
}

for (const elections of [false, true]) {
  const kind = elections ? 'a node that elects' : 'a node that a coordinator names';
  test(`${kind} begins a new cluster of itself alone with a restored log, and asks nobody of the old one`, () => {
    const replica = nodeWith(oldLog(), elections);
    const { writes, dials, states } = aSecondOf(replica);
    const [first] = writes;
    assert.deepEqual([first?.number, first?.isMarker, first?.epoch], [3, true, 5]);
    assert.deepEqual(
      first?.memberList?.members.map(({ id, storageId: of }) => [id, of]),
      [['any', 'new']],
    );
    assert.deepEqual(dials, []);
    assert.ok(replica.isLeading);
    assert.equal(replica.committedEnd, 4);
    assert.ok(replica.clusterId !== null && replica.clusterId !== state.clusterId);
    assert.equal(states.at(-1)?.restoredTo, undefined);
  });

  test(`${kind} begins no cluster with a restored log that has gone on since`, () => {
    const replica = nodeWith(oldLog(4), elections);
    const { writes, states } = aSecondOf(replica);
    assert.deepEqual(writes, []);
    assert.ok(!replica.isLeading);
    assert.equal(replica.clusterId, state.clusterId);
    assert.equal(states.at(0)?.restoredTo, undefined);
  });
}
