import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, epoch, instantMs, nodeId, offset, requestId } from '../model/numbers.ts';
import { Outbox } from '../node/outbox.ts';
import { WaitingAppends } from './waiting-appends.ts';
import type { Holding, WaitingAppend } from './waiting-appends.ts';
import type { WriteConcern } from '../../api/entries.ts';

/** One append per batch: batch n holds entry n. */
function append(n: number, w: WriteConcern, changes: Partial<WaitingAppend> = {}): WaitingAppend {
  return {
    requestId: requestId(n),
    offset: offset(n),
    entryCount: 1,
    number: batchNumber(n),
    epoch: epoch(1),
    w,
    deadline: instantMs(1000),
    ...changes,
  };
}

/** The durable ends, in batches: the leader's first, then those of its followers. */
function holding(ends: readonly [number, ...number[]], committed = 0, since: readonly number[] = []): Holding {
  return {
    leaderDurableEnd: batchNumber(ends[0]),
    committedNumberEnd: batchNumber(committed),
    committedEnd: offset(committed),
    members: ends.map((end, index) => ({ id: nodeId(`n${index}`), since: batchNumber(since[index] ?? 0), durableEnd: batchNumber(end) })),
  };
}

function answered(out: Outbox): (number | string)[] {
  return (out.take()?.replies ?? []).map((reply) => (reply.kind === 'failed' ? `${reply.requestId} ${reply.code}` : reply.requestId));
}

test('each append is answered as soon as its write concern is met, whatever else waits', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  for (const [n, w] of ([3, 1, 'majority', 'all', 2] as const).entries()) waiting.add(append(n, w));
  waiting.answerMet(holding([5, 0, 0]));
  assert.deepEqual(answered(out), [1]);
  assert.equal(waiting.acknowledgedEnd, 2, 'the entries before an acknowledged one become visible with it');
  waiting.answerMet(holding([5, 5, 0], 5));
  assert.deepEqual(answered(out), [2, 4]);
  waiting.answerMet(holding([5, 5, 4], 5));
  assert.deepEqual(answered(out).toSorted(), [0, 3]);
  assert.equal(waiting.length, 0);
});

test('no append is answered before the leader itself holds it', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  waiting.add(append(0, 2));
  waiting.add(append(1, 'majority'));
  waiting.answerMet(holding([0, 2, 2], 2));
  assert.deepEqual(answered(out), []);
  waiting.answerMet(holding([2, 2, 2], 2));
  assert.deepEqual(answered(out), [0, 1]);
});

test('all means the members at the time of the append, except those removed since', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  waiting.add(append(3, 'all'));
  waiting.add(append(7, 'all'));
  // n2 became a member with batch 5, so the older append does not wait for it.
  waiting.answerMet(holding([8, 8, 0], 8, [0, 0, 5]));
  assert.deepEqual(answered(out), [3]);
  waiting.answerMet(holding([8, 8], 8));
  assert.deepEqual(answered(out), [7]);
});

test('a timeout says where the entry is stored and which members did not confirm it; once committed, the entry is visible', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  waiting.add(append(0, 3));
  waiting.expire(instantMs(999), holding([1, 1, 0]));
  assert.deepEqual(answered(out), []);
  waiting.expire(instantMs(1000), holding([1, 1, 0]));
  const [reply] = out.take()?.replies ?? [];
  assert.ok(reply?.kind === 'failed');
  assert.equal(reply.code, 'concern-timeout');
  assert.deepEqual(reply.facts, { offset: 0, count: 1, epoch: 1, w: 3, acks: 2, waitingFor: ['n2'] });
  assert.deepEqual(reply.placed, { offset: 0, acks: 2 });
  assert.equal(waiting.acknowledgedEnd, 0);
  waiting.answerMet(holding([1, 1, 0], 1));
  assert.equal(waiting.acknowledgedEnd, 1);
});

test('a retry of an older append does not wait behind younger ones', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  waiting.add(append(8, 2));
  waiting.add(append(2, 2));
  waiting.answerMet(holding([9, 3]));
  assert.deepEqual(answered(out), [2]);
});

for (const w of [1, 2, 'majority', 'all'] as const) {
  test(`a retry at w=${w} that joins an entry of an earlier epoch counts no node that has not got the marker after it`, () => {
    const out = new Outbox();
    const waiting = new WaitingAppends(out, { markerNumber: batchNumber(3), acknowledgedEnd: offset(3) });
    waiting.add(append(1, w));
    waiting.answerMet(holding([3, 3, 3]));
    assert.deepEqual(answered(out), [], 'all three may still have to cut it');
    waiting.answerMet(holding([4, 3, 3]));
    assert.deepEqual(answered(out), w === 1 ? [1] : []);
    waiting.answerMet(holding([4, 4, 4], 4));
    assert.deepEqual(answered(out), w === 1 ? [] : [1]);
  });
}

test('an entry that is known to be committed counts on every node that holds it, even without the marker', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(3), acknowledgedEnd: offset(3) });
  waiting.add(append(1, 2));
  waiting.answerMet(holding([3, 3, 0], 2));
  const [reply] = out.take()?.replies ?? [];
  assert.ok(reply?.kind === 'appended');
  assert.equal(reply.acks, 2);
});

test('for an entry of an earlier epoch, acks count the nodes that hold the marker after it, and waitingFor names the others', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(3), acknowledgedEnd: offset(3) });
  waiting.add(append(1, 2));
  waiting.add(append(2, 1));
  waiting.answerMet(holding([4, 3, 3]));
  waiting.expire(instantMs(1000), holding([4, 3, 3]));
  const [atOnce, late] = out.take()?.replies ?? [];
  assert.ok(atOnce?.kind === 'appended' && late?.kind === 'failed');
  assert.equal(atOnce.acks, 1);
  assert.equal(late.facts['acks'], 1);
  assert.deepEqual(late.facts['waitingFor'], ['n1', 'n2']);
});

test('no append waits for a batch that found no room, and an append to it that was given up makes nothing visible later', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  waiting.add(append(0, 'all'));
  waiting.add(append(1, 'majority'));
  waiting.add(append(1, 1, { requestId: requestId(7) }));
  waiting.add(append(1, 1, { requestId: requestId(8), deadline: instantMs(10) }));
  waiting.expire(instantMs(20), holding([1, 0, 0]));
  assert.deepEqual(answered(out), ['8 concern-timeout'], 'in time, although its batch is still being written');
  const refused = waiting.takeRefused(batchNumber(1));
  assert.deepEqual(refused.map(({ requestId: id }) => id).toSorted(), [1, 7]);
  assert.equal(waiting.length, 1);
  // Another entry gets that batch number and offset, and is committed while the first append waits for all.
  waiting.answerMet(holding([2, 2, 0], 2));
  assert.deepEqual(answered(out), []);
  assert.equal(waiting.acknowledgedEnd, 0);
});

test('an append whose messages are in several places is answered with all of them, once the last one is held', () => {
  const out = new Outbox();
  const waiting = new WaitingAppends(out, { markerNumber: batchNumber(0), acknowledgedEnd: offset(0) });
  const places = { offsets: [offset(3), offset(1)], epochs: undefined };
  waiting.add(append(3, 2, { places }));
  waiting.add(append(3, 3, { requestId: requestId(9), places }));
  const memory = waiting.byteCount;
  waiting.answerMet(holding([4, 2, 0]));
  assert.deepEqual(answered(out), []);
  waiting.answerMet(holding([4, 4, 0]));
  const [reply] = out.take()?.replies ?? [];
  assert.deepEqual(reply, { kind: 'appended', requestId: 3, offset: 3, entryCount: 2, epoch: 1, acks: 2, places });
  assert.ok(waiting.byteCount < memory);
  waiting.expire(instantMs(1000), holding([4, 4, 0]));
  const [failed] = out.take()?.replies ?? [];
  assert.ok(failed?.kind === 'failed');
  assert.deepEqual([failed.facts['offset'], failed.facts['offsets'], failed.facts['count'], failed.facts['acks']], [3, [3, 1], 2, 2]);
  assert.equal(waiting.byteCount, 0);
});
