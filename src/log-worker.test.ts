import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from './core/batch.ts';
import { batchNumber, instantMs, timestampMs } from './core/numbers.ts';
import { LogWorker } from './log-worker.ts';
import { MemoryLog } from './storage/memory-log.ts';
import { marker } from './storage/log-script.test-support.ts';
import { logStart } from './core/place.ts';

/** A store that counts how often it is let read on. */
class CountingLog extends MemoryLog {
  readCount = 0;

  override verifyMore(): Promise<void> {
    this.readCount += 1;
    return Promise.resolve();
  }
}

function workerOn(store: CountingLog): LogWorker {
  return new LogWorker({
    store,
    clock: { now: () => instantMs(0), wallClock: () => timestampMs(0), after: () => () => undefined, soon: () => undefined },
    report: () => undefined,
    settle: () => undefined,
    flushed: () => undefined,
    cutWaits: () => undefined,
    fail: (error) => assert.fail(String(error)),
    isStopped: () => false,
  });
}

test('what was not read at the start is read on at every tick while there is nothing else to do', async () => {
  const store = new CountingLog();
  const worker = workerOn(store);
  for (let tick = 0; tick < 5; tick += 1) {
    worker.idle();
    await worker.untilIdle();
  }
  assert.equal(store.readCount, 5);
});

test('under constant load it is read on now and then', async () => {
  const store = new CountingLog();
  const worker = workerOn(store);
  let at = logStart;
  for (let tick = 0; tick < 100; tick += 1) {
    const batch: Batch = marker(1)(at);
    at = { ...at, number: batchNumber(at.number + 1) };
    worker.add([{ kind: 'store', batch }]);
    worker.idle();
    await worker.untilIdle();
  }
  assert.ok(store.readCount >= 9 && store.readCount <= 11, `${store.readCount} times in 100 busy ticks`);
});
