import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendKey } from '../model/batch.ts';
import { batchNumber, epoch, instantMs, offset, requestId } from '../model/numbers.ts';
import type { WriteConcern } from '../../api/entries.ts';
import type { QueuedAppend } from './append-queue.ts';
import { buildBatch } from './batch-builder.ts';
import type { BatchSituation } from './batch-builder.ts';

/** The key `k`, sent with message `m`. */
function key(k: number, m: number, entryCount = 1): AppendKey {
  return { fingerprint: new Uint8Array(16).fill(k), digest: new Uint8Array(16).fill(m), entryCount };
}

function append(
  id: number,
  changes: { readonly w?: WriteConcern; readonly key?: AppendKey; readonly entryCount?: number } = {},
): QueuedAppend {
  const { w = 'majority', entryCount = 1 } = changes;
  return {
    requestId: requestId(id),
    entryCount,
    byteCount: 10,
    concern: { w, timeoutMs: 1000 },
    key: changes.key,
    deadline: instantMs(1000),
  };
}

/** The next batch has number 5, epoch 3 and offset 20. Key 9 belongs to message 9, at offset 7 in batch 2 of epoch 1. */
function situation(changes: Partial<BatchSituation> = {}): BatchSituation {
  return {
    outline: {
      end: { number: batchNumber(5), offset: offset(20) },
      findKey: ({ fingerprint, digest }) =>
        fingerprint[0] === 9 ? { offset: offset(7), number: batchNumber(2), entryCount: 1, isSameMessage: digest[0] === 9 } : undefined,
      epochAt: () => epoch(1),
    },
    epoch: epoch(3),
    memberCount: 3,
    aboveCount: 0,
    forwards: { isOn: true },
    lacking: undefined,
    ...changes,
  };
}

test('appends get offsets without gaps, in the order of the queue', () => {
  const batch = buildBatch([append(1), append(2, { entryCount: 3 }), append(3)], situation());
  assert.deepEqual(batch.requestIds, [1, 2, 3]);
  assert.deepEqual(
    batch.waiting.map((one) => [one.requestId, one.offset, one.number, one.epoch]),
    [
      [1, 20, 5, 3],
      [2, 21, 5, 3],
      [3, 24, 5, 3],
    ],
  );
  assert.equal(batch.entryCount, 5);
  assert.equal(batch.byteCount, 30);
});

test('a retry joins the entry with its key, whether in the log or in the batch that is being built', () => {
  const batch = buildBatch([append(1, { key: key(1, 1) }), append(2, { key: key(1, 1) }), append(3, { key: key(9, 9) })], situation());
  assert.deepEqual(batch.requestIds, [1]);
  assert.deepEqual(batch.retries, [2, 3]);
  assert.deepEqual(
    batch.waiting.map((one) => [one.requestId, one.offset, one.number, one.epoch]),
    [
      [1, 20, 5, 3],
      [2, 20, 5, 3],
      [3, 7, 2, 1],
    ],
  );
  assert.deepEqual(
    batch.keys.map((placed) => placed.offset),
    [20],
  );
});

test('a key that comes with another message is refused, and the refusal names the offset of that key', () => {
  const batch = buildBatch([append(1, { key: key(1, 1) }), append(2, { key: key(1, 2) }), append(3, { key: key(9, 8) })], situation());
  assert.deepEqual(
    batch.refusals.map(({ requestId: id, code, facts }) => [id, code, facts['offset']]),
    [
      [2, 'key-reused', 20],
      [3, 'key-reused', 7],
    ],
  );
  assert.deepEqual(batch.requestIds, [1]);
});

test('at most a hundred appends may wait for more nodes than there are members', () => {
  const batch = buildBatch([append(1, { w: 4 }), append(2, { w: 4 }), append(3, { w: 3 })], situation({ aboveCount: 99 }));
  assert.deepEqual(batch.requestIds, [1, 3]);
  assert.deepEqual(
    batch.refusals.map(({ requestId: id, code }) => [id, code]),
    [[2, 'overloaded']],
  );
});

test('without room all appends are refused, except retries of what is in the log', () => {
  const batch = buildBatch([append(1), append(2, { key: key(9, 9) })], situation({ lacking: 'disk space' }));
  assert.deepEqual(batch.requestIds, []);
  assert.deepEqual(
    batch.waiting.map((one) => [one.requestId, one.offset]),
    [[2, 7]],
  );
  assert.deepEqual(batch.refusals, [
    {
      requestId: 1,
      code: 'no-room',
      detail: 'the leader has too little disk space; nothing was stored. A trim or a retention makes room',
      facts: { lacks: 'disk space' },
    },
  ]);
});
