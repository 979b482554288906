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
  changes: {
    readonly w?: WriteConcern;
    readonly key?: AppendKey;
    readonly keys?: readonly (AppendKey | undefined)[];
    readonly entryCount?: number;
    readonly ifEpoch?: number;
  } = {},
): QueuedAppend {
  const { w = 'majority', keys, entryCount = keys?.length ?? 1 } = changes;
  return {
    requestId: requestId(id),
    entryCount,
    byteCount: 10,
    concern: { w, timeoutMs: 1000 },
    key: changes.key,
    keys,
    ifEpoch: changes.ifEpoch === undefined ? undefined : epoch(changes.ifEpoch),
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

test('of messages with keys of their own the known ones keep their places, and the others are stored together', () => {
  const keys = [key(1, 1), key(9, 9), undefined, key(1, 1), key(2, 2)];
  const batch = buildBatch([append(1, { keys }), append(2)], situation());
  assert.deepEqual([batch.entryCount, batch.requestIds, batch.retries], [4, [1, 2], []]);
  assert.deepEqual([...batch.picks], [[1, [0, 2, 4]]]);
  assert.deepEqual(
    batch.keys.map((placed) => [placed.fingerprint[0], placed.offset]),
    [
      [1, 20],
      [2, 22],
    ],
  );
  const [first] = batch.waiting;
  assert.deepEqual(first?.places, { offsets: [20, 7, 21, 20, 22], epochs: [3, 1, 3, 3, 3] });
  // It waits for the last of them, whose holders hold the others too.
  assert.deepEqual([first.offset, first.number, first.epoch, first.entryCount], [22, 5, 3, 1]);
  assert.equal(batch.waiting[1]?.offset, 23);
});

test('messages with keys that are all in the log are not stored, and are waited for where the newest of them is', () => {
  const batch = buildBatch([append(1, { key: key(1, 1) }), append(2, { keys: [key(1, 1), key(9, 9)] })], situation());
  assert.deepEqual([batch.entryCount, batch.retries, batch.picks.size], [1, [2], 0]);
  assert.deepEqual([batch.waiting[1]?.offset, batch.waiting[1]?.places?.offsets], [20, [20, 7]]);
});

test('a key of a message that was used for another one refuses the append, and nothing of it is stored', () => {
  const cases: [readonly (AppendKey | undefined)[], number, number][] = [
    [[key(1, 1), key(9, 8)], 1, 7],
    [[key(1, 1), key(1, 2)], 1, 20],
    [[undefined, undefined, key(3, 4)], 2, 20],
  ];
  for (const [keys, index, taken] of cases) {
    const earlier = index === 2 ? [append(9, { key: key(3, 3) })] : [];
    const batch = buildBatch([...earlier, append(1, { keys }), append(2, { key: key(1, 1) })], situation());
    assert.deepEqual(
      batch.refusals.map(({ requestId: id, code, facts }) => [id, code, facts]),
      [[1, 'key-reused', { offset: taken, index }]],
    );
    // The key that was new in it is new still.
    assert.deepEqual([batch.requestIds.at(-1), batch.waiting.at(-1)?.offset], [2, 20 + earlier.length]);
  }
});

test('without room messages with keys are refused, unless all of them are in the log', () => {
  const lacking = 'disk space';
  const batch = buildBatch([append(1, { keys: [key(9, 9), key(1, 1)] }), append(2, { keys: [key(9, 9)] })], situation({ lacking }));
  assert.deepEqual([batch.refusals.map(({ code }) => code), batch.retries, batch.entryCount], [['no-room'], [2], 0]);
});

test('an append that is only for one epoch is refused in every other one, and stored in its own', () => {
  const batch = buildBatch([append(1, { ifEpoch: 2 }), append(2, { ifEpoch: 3 }), append(3, { ifEpoch: 4 }), append(4)], situation());
  assert.deepEqual(batch.requestIds, [2, 4]);
  assert.equal(batch.entryCount, 2);
  assert.deepEqual(
    batch.refusals.map(({ requestId: id, code, facts }) => [id, code, facts]),
    [
      [1, 'wrong-epoch', { ifEpoch: 2, epoch: 3 }],
      [3, 'wrong-epoch', { ifEpoch: 4, epoch: 3 }],
    ],
  );
});

test('a key that is known is answered with its old offset, whichever epoch the append is for', () => {
  const batch = buildBatch([append(1, { key: key(9, 9), ifEpoch: 1 }), append(2, { key: key(9, 9), ifEpoch: 1, w: 1 })], situation());
  assert.deepEqual(batch.refusals, []);
  assert.deepEqual(
    batch.waiting.map((one) => [one.requestId, one.offset, one.epoch]),
    [
      [1, 7, 1],
      [2, 7, 1],
    ],
  );
});

test('an append that is only for one epoch needs a write concern of a majority of the members', () => {
  const judged = (w: WriteConcern, memberCount: number): string | undefined =>
    buildBatch([append(1, { w, ifEpoch: 3 })], situation({ memberCount })).refusals[0]?.code;
  assert.deepEqual(
    [judged(1, 3), judged(2, 3), judged(2, 4), judged(3, 4), judged(2, 5), judged(1, 1), judged('majority', 5), judged('all', 5)],
    ['bad-request', undefined, 'bad-request', undefined, 'bad-request', undefined, undefined, undefined],
  );
});

test('a full disk does not hide that another epoch leads', () => {
  const batch = buildBatch([append(1, { ifEpoch: 2 })], situation({ lacking: 'disk space' }));
  assert.equal(batch.refusals[0]?.code, 'wrong-epoch');
});

test('messages with keys are refused in another epoch if one of them is new, and answered if all are known', () => {
  const mixed = append(1, { keys: [key(9, 9), key(1, 1)], ifEpoch: 2 });
  const batch = buildBatch(
    [mixed, append(2, { keys: [key(9, 9)], ifEpoch: 2 }), append(3, { keys: [key(1, 1)], ifEpoch: 3 })],
    situation(),
  );
  assert.deepEqual(
    batch.refusals.map(({ requestId: id, code }) => [id, code]),
    [[1, 'wrong-epoch']],
  );
  assert.deepEqual([batch.retries, batch.requestIds, batch.entryCount], [[2], [3], 1]);
});
