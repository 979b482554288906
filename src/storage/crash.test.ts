/**
 * Crashes the storage after every single operation on its disk, with any part of what was not flushed left. By default this is
 * a sample that takes seconds and is the same every time; `npm run test:long` takes a larger one, `CRASH=full` every byte.
 */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import type { Detail } from './testing/crash-images.test-support.ts';
import { about, crashesOf, distinct, every, isFull, printOf, sampled } from './testing/crashes.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { markBytes } from './format/flush-mark.ts';
import { playEverything, playMore } from './testing/log-script.test-support.ts';
import { checkKept } from './testing/promises.test-support.ts';
import { SegmentMetadata } from './format/segment-metadata.ts';
import { decodeHead, encodeIndex } from './format/segment-index.ts';
import { isIndexName, segmentName } from './format/segment-names.ts';
import { readRecord } from './segments/segment-scan.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';
import type { Opened } from './testing/watched-log.test-support.ts';

const detail: Detail = isFull ? 'every byte' : 'boundaries';

const disk = new CrashDisk(new Map());
const log = new WatchedLog(disk, await openLog(disk));
const begunAt = disk.events.length;
disk.flushTurns = 12; // So that batches are written while a flush runs.
await playEverything(log);

const contents = new Map<string, Buffer>();

/** Shares one buffer among equal contents: a few contents occur in very many folders. */
function interned(content: Buffer): Buffer {
  const print = hash('sha1', content);
  const known = contents.get(print) ?? Buffer.from(content);
  contents.set(print, known);
  return known;
}

function assertSame(actual: Opened, expected: Opened): void {
  assert.equal(actual.log.length, expected.log.length, 'as many batches as before');
  assert.ok(
    actual.log.every((bytes, number) => Buffer.compare(bytes, expected.log[number] ?? Buffer.alloc(0)) === 0),
    'the same batches',
  );
  assert.deepEqual(actual.state, expected.state);
  assert.deepEqual(actual.summary, expected.summary);
}

test('a crash after any disk operation leaves what was promised, and a second start finds the same, with indexes or without', async (t) => {
  const known = new Map<string, { readonly opened: Pick<Opened, 'log' | 'state'>; readonly after: Folder }>();
  let crashes = 0;
  let indexed = 0;
  for (const { folder, how, eventCount } of sampled(crashesOf(disk, { from: begunAt, detail }))) {
    crashes += 1;
    await about(how, async () => {
      const print = printOf(folder);
      let start = known.get(print);
      if (start === undefined) {
        checkIndexes(folder);
        const crashed = new CrashDisk(folder);
        const opened = await openLog(crashed);
        const again = await openLog(crashed);
        assertSame(again, opened);
        assert.ok(again.segments.scanned <= 1, 'after a start every closed segment has an index');
        if (known.size % 3 === 0) assertSame(await openLog(new CrashDisk(withoutIndexes(folder))), opened);
        indexed += opened.segments.fromIndex;
        const { log: batches, state } = opened;
        const after = new Map([...crashed.state.seenFolder].map(([name, content]) => [name, interned(content)]));
        start = { opened: { log: batches.map(interned), state }, after };
        known.set(print, start);
      }
      checkKept(log.promisedAt(eventCount), start.opened, start.after);
    });
  }
  t.diagnostic(`${crashes} crashes, ${known.size} different folders, ${indexed} segments known by their index`);
  assert.ok(indexed > known.size / 2, 'there are indexes that a start can use');
});

/** At any moment, an index that is intact matches its segment, so a start may trust it. */
function checkIndexes(folder: Folder): void {
  for (const [name, bytes] of folder) {
    const head = isIndexName(name) ? decodeHead(bytes) : undefined;
    if (head === undefined) continue;
    const content = folder.get(segmentName(head.start.offset)) ?? Buffer.alloc(0);
    const metadata = new SegmentMetadata(head.start);
    for (let at = 0; at < content.length; ) {
      const record = readRecord(content, at);
      assert.ok(record.kind === 'batch' || record.kind === 'mark', `${name} is intact, but its segment is not`);
      if (record.kind === 'batch') metadata.take(record.batch, at);
      at += record.kind === 'batch' ? record.batch.bytes.length : markBytes;
    }
    metadata.setSize(content.length);
    assert.equal(head.checksum, encodeIndex(metadata).checksum, `${name} matches its segment`);
  }
}

function withoutIndexes(folder: Folder): Folder {
  return new Map([...folder].filter(([name]) => !isIndexName(name)));
}

test('after a crash anywhere in a start, the next start finds what the first one would have found, including a torn tail', async (t) => {
  let crashes = 0;
  for (const { folder, how } of every(16, distinct(crashesOf(disk, { from: begunAt, detail: 'boundaries' })))) {
    const crashed = new CrashDisk(folder);
    const opened = await openLog(crashed);
    const torn = tornTail(folder, crashed.state.seenFolder);
    for (const again of distinct(crashesOf(crashed, { from: 0, detail: 'extremes' }))) {
      crashes += 1;
      await about(`${how}; then, in the start, ${again.how}`, async () => {
        assert.ok(torn === undefined || [...again.folder.values()].some((content) => content.includes(torn)), 'the torn tail is somewhere');
        assertSame(await openLog(new CrashDisk(again.folder)), opened);
      });
    }
  }
  t.diagnostic(`${crashes} crashes in a start`);
});

/** What a start cut off, if there was anything in it. */
function tornTail(before: Folder, after: Folder): Buffer | undefined {
  for (const [name, content] of before) {
    const tail = name.endsWith('.log') && !name.includes('/') ? content.subarray(after.get(name)?.length) : Buffer.alloc(0);
    if (tail.some((byte) => byte !== 0)) return tail;
  }
  return undefined;
}

/** What kill -9 leaves after each event: everything can still be read, but nothing more of it may ever reach the disk. */
function* kills(): Generator<{ readonly killed: CrashDisk; readonly how: string; readonly eventCount: number }> {
  for (let eventCount = begunAt; eventCount <= disk.events.length; eventCount += 1) {
    const events = disk.events.slice(0, eventCount);
    yield { killed: new CrashDisk(disk.start, events), how: `killed at event ${eventCount}`, eventCount };
    const last = events.at(-1);
    if (last?.kind !== 'flushBegun') continue;
    const killed = new CrashDisk(disk.start, events);
    killed.record({ kind: 'flushFailed', file: last.file });
    yield { killed, how: `ended at event ${eventCount} because a flush failed`, eventCount };
  }
}

test('what a start finds after a kill or a failed flush stays, even if the power fails next', async (t) => {
  let crashes = 0;
  for (const { killed, how, eventCount } of sampled(kills())) {
    const from = killed.events.length;
    const opened = await openLog(killed);
    const promised = log.promisedAt(eventCount);
    await about(how, () => checkKept(promised, opened, killed.state.seenFolder));
    for (const crash of distinct(crashesOf(killed, { from, detail: isFull ? 'boundaries' : 'extremes' }))) {
      crashes += 1;
      await about(`${how}; then, in the start, ${crash.how}`, async () => {
        checkKept(promised, await openLog(new CrashDisk(crash.folder)), crash.folder);
      });
    }
    for (const crash of distinct(crashesOf(killed, { from: killed.events.length, detail }))) {
      crashes += 1;
      await about(`${how}; then, after the start, ${crash.how}`, async () =>
        assertSame(await openLog(new CrashDisk(crash.folder)), opened),
      );
    }
  }
  t.diagnostic(`${crashes} crashes after a kill`);
});

test('a log that continues after a kill keeps its promises through the next crash too', async (t) => {
  let crashes = 0;
  for (const { killed, how } of sampled(every(3, kills()))) {
    const opened = await openLog(killed);
    const goingOn = new WatchedLog(killed, opened);
    const from = killed.events.length;
    await playMore(goingOn);
    for (const crash of distinct(crashesOf(killed, { from, detail: isFull ? 'boundaries' : 'extremes' }))) {
      crashes += 1;
      await about(`${how}; then, after it went on, ${crash.how}`, async () => {
        const crashed = new CrashDisk(crash.folder);
        checkKept(goingOn.promisedAt(crash.eventCount), await openLog(crashed), crashed.state.seenFolder);
      });
    }
  }
  t.diagnostic(`${crashes} crashes in a second life`);
});
