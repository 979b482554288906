import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../core/model/batch.ts';
import { offset } from '../../core/model/numbers.ts';
import { SharedReads } from './shared-reads.ts';

/** A batch as a read of it gives it: so many entries from `start` on. */
function batchAt(start: number, entryCount: number, bytes = 1024 * 1024): Batch {
  return { baseOffset: offset(start), entryCount, bytes: Buffer.alloc(bytes) } as unknown as Batch;
}

/** Reads that end when they are told to. */
class SlowStorage {
  readonly reads: ((batches: readonly Batch[]) => void)[] = [];

  readonly read = (): Promise<readonly Batch[]> => new Promise((resolve) => this.reads.push(resolve));
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a hundred who want entries of one large batch cost one read, and so does who comes a moment later', async () => {
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

test('who wants something else from the same place reads it himself', async () => {
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

test("eight read at a time, and a read that fails is nobody else's failure", async () => {
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

test('behind a cut nothing of what was read before it is given out again, and what nobody wants is let go', async () => {
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
