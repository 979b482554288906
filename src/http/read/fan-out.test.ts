import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch } from '../../core/model/batch.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { LogError } from '../../api/problems.ts';
import { pieceBytes } from './list-writer.ts';
import { Listener } from './listener.ts';
import { ReadPacer } from './read-pacer.ts';
import { Slices } from './slices.ts';
import { FanOut } from './fan-out.ts';

/** A log of one-entry batches, in place of a driver. Like real ones, some reads are immediate and some take a while. */
class FakeLog {
  readonly batches: Batch[] = [];
  cutCount = 0;
  committedEnd = offset(0);
  firstOffset = offset(0);
  onEndsChanged: FanOut['onEndsChanged'] = () => undefined;
  #epoch = 1;

  get visibleEnd(): number {
    return this.batches.length;
  }

  readEntriesFrom(from: number): Batch[] | Promise<Batch[]> {
    // What is trimmed is gone from the storage, also for a read that has begun.
    const read = (): Batch[] => (from < this.firstOffset ? [] : this.batches.slice(from, from + 3));
    return from % 2 === 0 ? read() : new Promise((resolve) => setImmediate(() => resolve(read())));
  }

  append(text = String(this.#epoch)): void {
    const at = this.batches.length;
    const place = {
      epoch: epoch(this.#epoch),
      number: batchNumber(at),
      baseOffset: offset(at),
      entryCount: 1,
      timestamp: timestampMs(0),
      age: logAge(0),
    };
    const rest = { committedEnd: offset(0), isMarker: false, memberList: undefined, keys: [], requestIds: [] };
    this.batches.push(encodeBatch({ ...place, ...rest }, [{ messages: packMessages([Buffer.from(text)]), key: undefined }]));
    this.onEndsChanged({ isCut: false, isTrimmed: false });
  }

  /** Cuts the log as a new leader does: another epoch continues before the end of the last one. */
  cut(keep: number): void {
    this.batches.splice(keep);
    this.cutCount += 1;
    this.#epoch += 1;
    this.onEndsChanged({ isCut: true, isTrimmed: false });
  }

  trim(before: number): void {
    this.firstOffset = offset(before);
    this.onEndsChanged({ isCut: false, isTrimmed: true });
  }

  ids(start: number, end = this.batches.length): string[] {
    return this.batches.slice(start, end).map((batch) => `${batch.epoch}:${batch.baseOffset}`);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Heard {
  readonly start: number;
  readonly stream: PassThrough;
  /** What the log had from `start` on, before the first cut. */
  before: string[] | undefined;
  /** There was a trim after it began. */
  isTrimmed: boolean;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('listen' as const), back: fc.nat(6) }),
  fc.record({ kind: fc.constant('cut' as const), entries: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('trim' as const), back: fc.nat(4) }),
  fc.record({ kind: fc.constant('pass' as const), turns: fc.integer({ min: 1, max: 4 }) }),
);

test('whenever a listener begins, it gets each entry once and in order: none of another history after a cut, and none after one that was trimmed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const log = new FakeLog();
      const pacer = new ReadPacer(() => false);
      const failures: unknown[] = [];
      const fanOut = new FanOut('default', {
        driver: log as unknown as Driver,
        readPacer: pacer,
        slices: new Slices(new ReadPacer(() => false)),
        failed: (error) => failures.push(error),
      });
      log.onEndsChanged = (ends) => fanOut.onEndsChanged(ends);
      const all: Heard[] = [];
      for (const each of steps) {
        if (each.kind === 'append') for (let n = 0; n < each.count; n += 1) log.append();
        else if (each.kind === 'pass') for (let n = 0; n < each.turns; n += 1) await turn();
        else if (each.kind === 'listen') {
          const start = Math.max(0, log.visibleEnd - each.back);
          const stream = new PassThrough({ highWaterMark: 1024 * 1024 });
          all.push({ start, stream, before: undefined, isTrimmed: start < log.firstOffset });
          fanOut.add(new Listener(stream as unknown as Socket, { path: '/', next: offset(start), unconfirmed: undefined }));
        } else if (each.kind === 'trim') {
          const before = Math.max(log.firstOffset, log.visibleEnd - each.back);
          if (before > log.firstOffset) log.trim(before);
          for (const heard of all) heard.isTrimmed ||= heard.start < before;
        } else {
          for (const heard of all) heard.before ??= log.ids(heard.start);
          log.cut(Math.max(log.firstOffset, log.visibleEnd - each.entries));
        }
      }
      for (let n = 0; n < 200; n += 1) await turn();
      assert.deepEqual(failures, []);
      for (const { start, stream, before, isTrimmed } of all) {
        const text = String(stream.read() ?? '');
        const ids = [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
        const isEnded = text.includes('event: end');
        if (isTrimmed && before === undefined) {
          assert.deepEqual(ids, log.ids(start).slice(0, ids.length));
          assert.equal(ids.length < log.ids(start).length, isEnded);
          if (isEnded) assert.match(text, /event: end\ndata: .*"code":"trimmed".*\n\n$/);
        } else if (isTrimmed) {
          assert.deepEqual(ids, before?.slice(0, ids.length));
          assert.match(text, /event: end\ndata: .*"code":"(trimmed|history-changed)".*\n\n$/);
        } else if (before === undefined) assert.deepEqual(ids, log.ids(start));
        else {
          assert.deepEqual(ids, before.slice(0, ids.length));
          assert.match(text, /event: end\ndata: .*history-changed.*\n\n$/);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a listener that reads nothing is sent one piece only, and one that is ended within an event gets no other event', async () => {
  const log = new FakeLog();
  for (let n = 0; n < 5; n += 1) log.append(JSON.stringify('x'.repeat(8 * pieceBytes)));
  const turns = new ReadPacer(() => false);
  const failed = (error: unknown): void => assert.fail(String(error));
  const fanOut = new FanOut('default', { driver: log as unknown as Driver, readPacer: turns, slices: new Slices(turns), failed });
  const stream = new PassThrough({ highWaterMark: 1024 });
  const listener = new Listener(stream as unknown as Socket, { path: '/', next: offset(0), unconfirmed: undefined });
  fanOut.add(listener);
  for (let n = 0; n < 50; n += 1) await turn();
  assert.deepEqual([listener.next, listener.sentBytes], [0, pieceBytes]);
  let heard = '';
  stream.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
  for (let n = 0; n < 2000 && listener.next < 3; n += 1) await turn();
  assert.deepEqual(
    [...heard.matchAll(/^id: (\S+)$/gm)].slice(0, 3).map(([, id]) => id),
    log.ids(0, 3),
  );
  stream.pause();
  for (let n = 0; n < 50; n += 1) await turn();
  assert.ok(listener.sentBytes > 0);
  await fanOut.endAll(new LogError('shutting-down', 'it is over'));
  assert.ok(stream.destroyed && !heard.includes('event: end'));
});
