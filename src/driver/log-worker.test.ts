import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../core/model/batch.ts';
import type { ReplicaEvent } from '../core/model/events.ts';
import { batchNumber, instantMs, timestampMs } from '../core/model/numbers.ts';
import { logStart } from '../core/model/place.ts';
import type { Shortage } from '../core/model/shortage.ts';
import { LogWorker } from './log-worker.ts';
import { NoRoom } from '../ports/ports.ts';
import { marker, stateOf } from '../storage/testing/log-script.test-support.ts';
import type { LogStore } from '../storage/log-store.ts';
import { MemoryLog } from '../storage/memory-log.ts';

/** A store that counts how often it is asked to scrub. */
class CountingLog extends MemoryLog {
  readCount = 0;

  override scrubSome(): Promise<void> {
    this.readCount += 1;
    return Promise.resolve();
  }
}

interface Watched {
  readonly report: (event: ReplicaEvent) => void;
  readonly onSaveBlocked: (lacks: Shortage) => void;
  readonly after: (callback: () => void) => void;
  readonly now: () => number;
}

function workerOn(store: LogStore, watched: Partial<Watched> = {}): LogWorker {
  const after = (_ms: number, callback: () => void): (() => void) => {
    watched.after?.(callback);
    return () => undefined;
  };
  return new LogWorker({
    store,
    clock: { now: () => instantMs(watched.now?.() ?? 0), wallClock: () => timestampMs(0), after, soon: () => undefined },
    report: (event) => watched.report?.(event),
    flushed: () => undefined,
    onCutBlocked: () => undefined,
    onSaveBlocked: (lacks) => watched.onSaveBlocked?.(lacks),
    fail: (error) => assert.fail(String(error)),
    isStopped: () => false,
  });
}

test('the scrubber goes on at every tick while there is nothing else to do', async () => {
  const store = new CountingLog();
  const worker = workerOn(store);
  for (let tick = 0; tick < 5; tick += 1) {
    worker.maintain();
    await worker.untilIdle();
  }
  assert.equal(store.readCount, 5);
});

test('under constant load the scrubber goes on from time to time', async () => {
  const store = new CountingLog();
  const worker = workerOn(store);
  let at = logStart;
  for (let tick = 0; tick < 100; tick += 1) {
    const batch: Batch = marker(1)(at);
    at = { ...at, number: batchNumber(at.number + 1) };
    worker.add([{ kind: 'store', batch }]);
    worker.maintain();
    await worker.untilIdle();
  }
  assert.ok(store.readCount >= 9 && store.readCount <= 11, `${store.readCount} times in 100 busy ticks`);
});

/** A store that wants to write a note. */
class NotingLog extends MemoryLog {
  override noteWish: LogStore['noteWish'] = 'soon';
  readonly notes: (() => void)[] = [];

  override note(): Promise<void> {
    return new Promise((resolve) => this.notes.push(resolve));
  }
}

test('what is flushed is noted once a second, or at once after a new segment, and no append waits for the note', async () => {
  const store = new NotingLog();
  const reports: ReplicaEvent[] = [];
  let now = 0;
  const worker = workerOn(store, { report: (event) => reports.push(event), now: () => now });
  const noteCountAt = async (ms: number): Promise<number> => {
    now = ms;
    worker.maintain();
    await worker.untilIdle();
    return store.notes.length;
  };
  assert.equal(await noteCountAt(20), 1);
  worker.add([{ kind: 'store', batch: marker(1)(logStart) }]);
  await worker.untilIdle();
  assert.ok(
    reports.some(({ kind }) => kind === 'flushed'),
    'while the note is being written',
  );
  assert.equal(await noteCountAt(5000), 1, 'one note at a time');
  const written = async (): Promise<void> => {
    store.notes.at(-1)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await written();
  assert.deepEqual([await noteCountAt(5020), await written()], [2, undefined]);
  assert.equal(await noteCountAt(6000), 2);
  assert.deepEqual([await noteCountAt(6020), await written()], [3, undefined]);
  store.noteWish = 'now';
  assert.deepEqual([await noteCountAt(6040), await written()], [4, undefined]);
  store.noteWish = undefined;
  assert.equal(await noteCountAt(60_000), 4);
});

/** A store that has too little of something. */
class ShortLog extends MemoryLog {
  lacks: Shortage | undefined;
  readonly appended: number[] = [];
  saves = 0;

  override append(batches: readonly Batch[]): Promise<void> {
    if (this.lacks === 'disk space' || (this.lacks === 'file size' && batches.length > 1)) return Promise.reject(this.#refusal());
    this.appended.push(batches.length);
    return super.append(batches);
  }

  override saveState(): Promise<void> {
    this.saves += 1;
    return this.lacks === undefined ? Promise.resolve() : Promise.reject(this.#refusal());
  }

  #refusal(): NoRoom {
    return new NoRoom('too little', this.lacks === undefined ? {} : { lacks: this.lacks });
  }
}

interface Played {
  readonly store: ShortLog;
  readonly worker: LogWorker;
  readonly reports: ReplicaEvent[];
  readonly waits: Shortage[];
  /** Fires the timers that the worker waits for. */
  readonly goOn: () => void;
}

function played(): Played {
  const store = new ShortLog();
  const reports: ReplicaEvent[] = [];
  const waits: Shortage[] = [];
  const timers: (() => void)[] = [];
  const worker = workerOn(store, {
    report: (event) => reports.push(event),
    onSaveBlocked: (lacks) => waits.push(lacks),
    after: (callback) => timers.push(callback),
  });
  return { store, worker, reports, waits, goOn: () => timers.splice(0).forEach((callback) => callback()) };
}

function threeBatches(): Batch[] {
  return [0, 1, 2].map((number) => marker(1)({ ...logStart, number: batchNumber(number) }));
}

test('batches that one file cannot hold together are written one by one', async () => {
  const { store, worker, reports } = played();
  store.lacks = 'file size';
  worker.add(threeBatches().map((batch) => ({ kind: 'store', batch })));
  await worker.untilIdle();
  assert.deepEqual(store.appended, [1, 1, 1]);
  assert.equal(reports.filter(({ kind }) => kind === 'writeRefused').length, 0);
});

test('a refused write reports what was lacking, and how many bytes were refused', async () => {
  const { store, worker, reports } = played();
  store.lacks = 'disk space';
  const batches = threeBatches();
  worker.add(batches.map((batch) => ({ kind: 'store', batch })));
  await worker.untilIdle();
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
  assert.deepEqual(reports, [{ kind: 'writeRefused', number: 0, bytes, lacks: 'disk space' }]);
});

test('saving the state waits for room, and the node goes on meanwhile', async () => {
  const { store, worker, reports, waits, goOn } = played();
  store.lacks = 'disk space';
  worker.save({ state: stateOf(1), version: 7 });
  for (let tries = 1; tries < 4; tries += 1) {
    await waitFor(() => store.saves === tries);
    assert.deepEqual(reports, []);
    await settled();
    goOn();
  }
  store.lacks = undefined;
  await settled();
  goOn();
  await waitFor(() => reports.length > 0);
  assert.deepEqual([reports, waits], [[{ kind: 'stateSaved', version: 7 }], ['disk space']]);
});

function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function waitFor(isMet: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!isMet()) {
    assert.ok(performance.now() < deadline);
    await settled();
  }
}
