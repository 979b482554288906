import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../core/model/batch.ts';
import { offset } from '../../core/model/numbers.ts';
import { SharedReads } from './shared-reads.ts';

/** A batch with this many entries from `start` on, as a read would return it. */
function batchAt(start: number, entryCount: number, bytes = 1024 * 1024): Batch {
  return { baseOffset: offset(start), entryCount, bytes: Buffer.alloc(bytes) } as unknown as Batch;
}

/** A storage whose reads end when the test says so. */
class SlowStorage {
  readonly reads: ((batches: readonly Batch[]) => void)[] = [];

  readonly read = (): Promise<readonly Batch[]> => new Promise((resolve) => this.reads.push(resolve));
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a hundred readers of one large batch cost one read, and a reader that comes a moment later costs none', async () => {
  const shared = new SharedReads();
  const storage = new SlowStorage();
  const wants = Array.from({ length: 100 }, (_unused, n) => shared.read({ from: offset(n % 31), place: 'a 0' }, storage.read));
  await settled();
  const batch = batchAt(0, 31);
  assert.equal(storage.reads.length, 1);
  storage.reads[0]?.([batch]);
  for (const batches of await Promise.all(wants)) assert.equal(batches[0], batch);
  assert.deepEqual(shared.find(offset(30)), [batch]);
  assert.equal(shared.find(offset(31)), undefined);
});

test('a reader that wants something else from the same place reads it itself', async () => {
  const shared = new SharedReads();
  const storage = new SlowStorage();
  const wants = [0, 5].map((from) => shared.read({ from: offset(from), place: 'a 0' }, storage.read));
  await settled();
  storage.reads[0]?.([batchAt(0, 2)]);
  await settled();
  storage.reads[1]?.([batchAt(5, 1)]);
  assert.deepEqual(
    (await Promise.all(wants)).map(([batch]) => batch?.baseOffset),
    [0, 5],
  );
});

test('eight reads run at a time, and a read that fails does not fail another', async () => {
  const shared = new SharedReads();
  const storage = new SlowStorage();
  const wants = Array.from({ length: 20 }, (_unused, n) => shared.read({ from: offset(n), place: `a ${n}` }, storage.read));
  await settled();
  assert.equal(storage.reads.length, 8);
  for (let n = 0; n < 20; n += 1) {
    storage.reads[n]?.([batchAt(n, 1, 100)]);
    await settled();
  }
  assert.equal((await Promise.all(wants)).length, 20);
  const failing = shared.read({ from: offset(1), place: 'b 0' }, () => Promise.reject(new Error('damaged')));
  const other = shared.read({ from: offset(1), place: 'b 0' }, () => Promise.resolve([batchAt(1, 1, 100)]));
  await assert.rejects(failing, /damaged/);
  assert.equal((await other)[0]?.baseOffset, 1);
});

test('after a cut nothing that was read before is returned again, and a batch that is not read for a while is dropped', async () => {
  const shared = new SharedReads();
  const storage = new SlowStorage();
  const before = shared.read({ from: offset(0), place: 'a 0' }, storage.read);
  await settled();
  shared.forget();
  storage.reads[0]?.([batchAt(0, 2)]);
  await before;
  assert.equal(shared.find(offset(0)), undefined);
  await shared.read({ from: offset(0), place: 'a 0' }, () => Promise.resolve([batchAt(0, 2)]));
  assert.notEqual(shared.find(offset(0)), undefined);
  for (let rounds = 0; rounds <= 50; rounds += 1) shared.maintain();
  assert.equal(shared.find(offset(0)), undefined);
});
