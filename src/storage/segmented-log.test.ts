/** The storage on a simulated disk: what was flushed survives, and damage is distinguished from a torn tail. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../core/model/batch.ts';
import type { NodeState } from '../core/model/events.ts';
import { batchNumber, clusterId, epoch, logAge, nodeId, offset, storageId, timestampMs } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import { Random } from '../sim/world/random.ts';
import { SimDisk } from '../sim/world/sim-disk.ts';
import { World } from '../sim/world/world.ts';
import { markBytes } from './format/flush-mark.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import { StorageDamaged } from './format/storage-damaged.ts';

const state: NodeState = { clusterId: clusterId('c'), storageId: storageId('s'), promisedEpoch: epoch(1), promisedTo: null, forgot: null };
const options = {
  node: nodeId('n'),
  segmentBytesMax: 600,
  drawStorageId: () => storageId('drawn'),
  recentBytesMax: 0,
  cutCopies: { bytesMax: Number.POSITIVE_INFINITY },
  idempotency: { keysMax: 100, windowMs: 1000 * 60_000 },
};

/** Batch `number` with one message that names it. */
function batch(number: number, at: number, parts: { readonly text?: string; readonly of?: number; readonly time?: number } = {}): Batch {
  const { text = `message ${number}`, of = 1, time = number } = parts;
  const messages = [Buffer.from(JSON.stringify(text))];
  return encodeBatch(
    {
      epoch: epoch(of),
      number: batchNumber(number),
      baseOffset: offset(at),
      entryCount: 1,
      timestamp: timestampMs(time),
      age: logAge(time),
      committedEnd: offset(0),
      isMarker: false,
      memberList: undefined,
      keys: [],
      requestIds: [],
    },
    [{ messages: packMessages(messages), key: undefined }],
  );
}

function point(number: number): LogPoint {
  return { number: batchNumber(number), offset: offset(number) };
}

/** A world with one disk, in which all waiting is on the simulated ports. */
class Bench {
  readonly world = new World();
  readonly disk: SimDisk;

  constructor(seed = 1) {
    this.disk = new SimDisk(this.world, new Random(seed));
  }

  async do<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const watched = work.finally(() => {
      isOver = true;
    });
    watched.catch(() => undefined);
    while (!isOver) {
      // Whatever does not wait for the disk goes first.
      await new Promise((resolve) => setImmediate(resolve));
      await this.world.run(
        Number.POSITIVE_INFINITY,
        () => undefined,
        () => isOver,
      );
    }
    return watched;
  }

  recover(): Promise<Recovered> {
    return this.do(recover(this.disk.mount(), options));
  }

  /** Starts, and reads everything that the start left out. */
  async recoverAndVerify(): Promise<Recovered> {
    const opened = await this.recover();
    await this.verify(opened);
    return opened;
  }

  async verify({ store }: Recovered): Promise<void> {
    while (!store.isVerified) await this.do(store.scrubSome());
  }

  async filled(count: number): Promise<Recovered> {
    const opened = await this.recover();
    await this.do(opened.store.saveState(state));
    for (let n = 0; n < count; n += 1) {
      await this.do(opened.store.append([batch(n, n)]));
      await this.do(opened.store.flush());
    }
    return opened;
  }

  async numbers(opened: Recovered, from = 0): Promise<number[]> {
    const found: number[] = [];
    for (let next = from; ; ) {
      const batches = await this.do(Promise.resolve(opened.store.readFrom(batchNumber(next), 150)));
      if (batches.length === 0) return found;
      found.push(...batches.map((each) => each.number));
      next = (found.at(-1) ?? 0) + 1;
    }
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_unused, n) => n);
}

test('what was flushed is there after a crash, across many segments, and can be read from anywhere', async () => {
  const bench = new Bench();
  const before = await bench.filled(40);
  assert.deepEqual(await bench.numbers(before, 17), upTo(40).slice(17));
  bench.disk.crash();
  const after = await bench.recover();
  assert.equal(after.outline.end.offset, 40);
  assert.deepEqual(after.state, state);
  assert.deepEqual(await bench.numbers(after), upTo(40));
  assert.deepEqual(
    (await bench.do(Promise.resolve(after.store.readEntriesFrom(offset(23), 1)))).map((each) => each.baseOffset),
    [23],
  );
  assert.ok((await bench.do(bench.disk.mount().list())).filter((name) => name.endsWith('.log')).length > 5);
});

test('a cut keeps what is before it and archives the rest, and the log continues from there, even across segments', async () => {
  for (const end of [0, 1, 7, 19, 39, 40]) {
    const bench = new Bench();
    const before = await bench.filled(40);
    const { lastTimestamp } = await bench.do(before.store.cut(point(end)));
    assert.equal(lastTimestamp, Math.max(0, end - 1));
    assert.deepEqual(await bench.numbers(before), upTo(end));
    await bench.do(before.store.append([batch(end, end, { text: 'another one', of: 2 })]));
    await bench.do(before.store.flush());
    bench.disk.crash();
    const after = await bench.recover();
    assert.deepEqual(await bench.numbers(after), upTo(end + 1));
    const cut = await bench.do(bench.disk.mount().list('cut'));
    assert.equal(cut.length, end < 40 ? 1 : 0, `cut at ${end}: ${cut.join()}`);
  }
});

test('a state is replaced as a whole, whatever a crash interrupts', async () => {
  for (let steps = 0; steps < 40; steps += 1) {
    const bench = new Bench(steps);
    const { store } = await bench.filled(2);
    let isSaved = false;
    void store.saveState({ ...state, promisedEpoch: epoch(2) }).then(() => {
      isSaved = true;
    });
    let events = 0;
    await bench.world.run(
      1e9,
      () => (events += 1),
      () => events >= steps,
    );
    bench.disk.crash();
    const after = await bench.recover();
    assert.ok(after.state?.promisedEpoch === 2 || (!isSaved && after.state?.promisedEpoch === 1));
    assert.equal(after.outline.end.offset, 2);
  }
});

test('whatever is appended, flushed and cut, a crash leaves a prefix that holds everything that was flushed', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const bench = new Bench(seed);
    const random = new Random(seed);
    /** The epoch of each batch in the log, and how many of them are certainly durable. */
    let log: number[] = [];
    let flushed = 0;
    let opened = await bench.filled(0);
    for (let life = 1; life <= 4; life += 1) {
      const { store } = opened;
      const work = (async (): Promise<void> => {
        for (;;) {
          const action = random.between(0, 9);
          if (action < 5) {
            const batches = upTo(random.between(1, 3)).map((n) =>
              batch(log.length + n, log.length + n, { text: `life ${life}`, of: life }),
            );
            log = [...log, ...batches.map(() => life)];
            await store.append(batches);
          } else if (action < 9) flushed = Math.max(flushed, await store.flush());
          else if (log.length > 0) {
            const end = random.between(Math.max(0, log.length - 4), log.length);
            flushed = Math.min(flushed, end);
            log = log.slice(0, end);
            await store.cut(point(end));
            flushed = end;
          }
        }
      })();
      work.catch(() => undefined);
      await bench.world.run(bench.world.now + random.between(1, 60), () => undefined);
      bench.disk.crash();
      opened = await bench.recover();
      const kept = opened.outline.end.number;
      assert.ok(kept >= flushed, `seed ${seed}: ${kept} batches are left of ${flushed} that were flushed`);
      const epochs = upTo(kept).map((n) => opened.outline.epochAt(batchNumber(n)));
      // A cut that was in progress may have been made or not. If not, the batches that it should have removed are still there.
      assert.deepEqual(epochs.slice(0, Math.min(kept, log.length)), log.slice(0, kept), `seed ${seed}`);
      const again = await bench.recover();
      assert.deepEqual(again.outline.end, opened.outline.end, 'a second recovery finds the same');
      opened = again;
      log = epochs;
      flushed = kept;
    }
  }
});

test('a bit that flips in flushed data stops the start, or the node once it has read that far, and nothing is changed', async () => {
  const bench = new Bench();
  const { store } = await bench.filled(12);
  await bench.do(store.close());
  const names = (await bench.do(bench.disk.mount().list())).filter((name) => name.endsWith('.log'));
  const content = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (const name of names) pieces.push((await bench.do(bench.disk.mount().readFile(name))) ?? Buffer.alloc(0));
    return Buffer.concat(pieces);
  };
  let startedCount = 0;
  const flip = async (name: string, position: number): Promise<void> => {
    const file = await bench.do(bench.disk.mount().open(name));
    const [byte] = await bench.do(file.read(position, 1));
    await bench.do(file.overwrite(position, Uint8Array.of((byte ?? 0) ^ 4)));
  };
  for (const name of names) {
    const { size } = await bench.do(bench.disk.mount().open(name));
    // The last mark is not data: if it is damaged, it is just a torn tail.
    const end = name === names.at(-1) ? size - markBytes : size;
    for (let position = 0; position < end; position += 7) {
      await flip(name, position);
      const isSaid = (error: Error): boolean =>
        error.message.includes(name) && (error instanceof StorageDamaged || error.message.includes('format version'));
      const before = await content();
      await assert.rejects(bench.recoverAndVerify(), isSaid, `${name} at ${position}`);
      if (await bench.recover().catch(() => undefined)) startedCount += 1;
      assert.ok((await content()).equals(before), 'nothing was changed');
      await flip(name, position);
    }
  }
  assert.ok(startedCount > 0, 'a start does not read closed segments');
  assert.equal((await bench.recoverAndVerify()).outline.end.offset, 12);
});

test('damage in a closed segment is found by a read there, and no wrong entry is returned', async () => {
  const bench = new Bench();
  await bench.do((await bench.filled(30)).store.close());
  const disk = bench.disk.mount();
  const [first = ''] = (await bench.do(disk.list())).filter((name) => name.endsWith('.log'));
  const file = await bench.do(disk.open(first));
  await bench.do(file.overwrite(200, Buffer.from('x')));
  const opened = await bench.recover();
  assert.deepEqual(opened.segments.scanned, 1);
  assert.deepEqual(await bench.numbers(opened, 10), upTo(30).slice(10));
  await assert.rejects(bench.numbers(opened), (error) => error instanceof StorageDamaged && error.file === first);
});

test('sound batches in the wrong place are damage too, for a reader and for the scrubber', async () => {
  const bench = new Bench();
  await bench.do((await bench.filled(30)).store.close());
  const disk = bench.disk.mount();
  const [, , second = '', third = ''] = (await bench.do(disk.list())).filter((name) => name.endsWith('.log'));
  const bytes = await bench.do(disk.readFile(third));
  const file = await bench.do(disk.open(second));
  assert.equal(bytes?.length, file.size, 'the segments have the same size');
  await bench.do(file.overwrite(0, bytes ?? Buffer.alloc(0)));
  const opened = await bench.recover();
  const isSaid = (error: Error): boolean => error instanceof StorageDamaged && error.file === second;
  await assert.rejects(bench.numbers(opened), isSaid);
  await assert.rejects(bench.verify(opened), isSaid);
});

test('an intact index of another log ends the node when its segment is read, and is removed', async () => {
  const filled = async (times: number): Promise<Bench> => {
    const bench = new Bench();
    const { store } = await bench.filled(0);
    for (let n = 0; n < 30; n += 1) await bench.do(store.append([batch(n, n, { time: n * times })]));
    await bench.do(store.close());
    return bench;
  };
  const [bench, other] = [await filled(1), await filled(2)];
  const disk = bench.disk.mount();
  const [first = ''] = (await bench.do(disk.list())).filter((name) => name.endsWith('.index'));
  const file = await bench.do(disk.open(first));
  await bench.do(file.overwrite(0, (await other.do(other.disk.mount().readFile(first))) ?? Buffer.alloc(0)));
  const isSaid = (error: Error): boolean => error instanceof StorageDamaged && error.file === first;
  await assert.rejects(bench.recoverAndVerify(), isSaid);
  assert.equal((await bench.recoverAndVerify()).segments.scanned, 2);
  assert.equal((await bench.recoverAndVerify()).segments.scanned, 1);
});

test('an index is not written without room, leaves room for other files, and is made when there is room again', async () => {
  const bench = new Bench();
  const { store } = await bench.filled(3);
  bench.disk.capacityBytes = bench.disk.usedBytes + 50_000;
  for (let n = 3; n < 30; n += 1) await bench.do(store.append([batch(n, n)]));
  await bench.do(store.close());
  const indexes = async (): Promise<number> => (await bench.do(bench.disk.mount().list())).filter((name) => name.endsWith('.index')).length;
  assert.equal(await indexes(), 0);
  const full = await bench.recoverAndVerify();
  assert.equal(full.outline.end.offset, 30);
  assert.equal(await indexes(), 0);
  bench.disk.capacityBytes = Number.POSITIVE_INFINITY;
  const { segments } = await bench.recoverAndVerify();
  assert.equal(segments.fromIndex, 0);
  assert.equal(await indexes(), segments.scanned - 1);
  assert.deepEqual((await bench.recover()).segments, { scanned: 1, fromIndex: segments.scanned - 1 });
});

test('a full disk refuses a batch completely, and takes it when there is room; the next state always fits', async () => {
  const bench = new Bench();
  const { store } = await bench.filled(3);
  bench.disk.capacityBytes = bench.disk.usedBytes + 50;
  await assert.rejects(bench.do(store.append([batch(3, 3), batch(4, 4)])), NoRoom);
  await bench.do(store.saveState({ ...state, promisedEpoch: epoch(9) }));
  await bench.do(store.saveState({ ...state, promisedEpoch: epoch(10) }));
  assert.equal(await bench.do(store.hasRoomFor(0)), false);
  bench.disk.capacityBytes = Number.POSITIVE_INFINITY;
  await bench.do(store.append([batch(3, 3)]));
  await bench.do(store.flush());
  bench.disk.crash();
  const after = await bench.recover();
  assert.deepEqual([after.outline.end.offset, after.state?.promisedEpoch], [4, 10]);
});
