import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadPacer } from './read-pacer.ts';
import { Slices } from './slices.ts';

/** Takes a tenth of a slice's time. */
function work(): void {
  const until = performance.now() + 0.1;
  while (performance.now() < until);
}

test('work on many items is done in slices, and other work gets its turn between them', async () => {
  for (const areAppendsWaiting of [true, false]) {
    const slices = new Slices(new ReadPacer(() => areAppendsWaiting));
    const items = Array.from({ length: 200 }, (_unused, n) => n);
    const done: number[] = [];
    const seenAt: number[] = [];
    const other = setInterval(() => seenAt.push(done.length));
    await slices.forEach(items, (item) => {
      work();
      done.push(item);
    });
    clearInterval(other);
    assert.deepEqual(done, items);
    // 20 ms of work, in which a timer of one millisecond fires many times.
    assert.ok(new Set(seenAt).size >= 5, `other work had ${seenAt.length} turns, after ${seenAt.join(', ')} items`);
  }
});

test('an item that is added meanwhile is served too, and nothing is done once the work is over', async () => {
  const slices = new Slices(new ReadPacer(() => false));
  const items = new Set([1, 2, 3]);
  const done: number[] = [];
  await slices.forEach(items, (item) => {
    if (item === 3) items.add(4);
    done.push(item);
  });
  assert.deepEqual(done, [1, 2, 3, 4]);
  let isOver = false;
  await slices.forEach(
    items,
    () => {
      isOver = true;
      work();
      work();
    },
    () => isOver,
  );
  assert.equal(done.length, 4);
});
