/** Backups of random logs, restored: what was in them, as far as somebody wants it; and what is not whole is refused. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch } from '../../core/model/batch.ts';
import { clusterId, nodeId, offset, storageId, timestampMs } from '../../core/model/numbers.ts';
import { asBuffer, messageBounds } from '../../protocol/batch-codec.ts';
import { recover } from '../../storage/recovery.ts';
import type { Recovered } from '../../storage/recovery.ts';
import { CrashDisk } from '../../storage/testing/crash-disk.test-support.ts';
import { stateOf } from '../../storage/testing/log-script.test-support.ts';
import { recoveryOptions } from '../../storage/testing/watched-log.test-support.ts';
import { WrittenLog, anyStep, assertKnows, limits, somethingOfAll, step, store } from '../../storage/testing/written-log.test-support.ts';
import { checkArchive } from '../archive-reader.ts';
import { archiveOf } from '../archive-writer.ts';
import { BackupDamaged } from '../backup-damaged.ts';
import { compressed } from '../compression.ts';
import type { Until } from './backup-chain.ts';
import { restore } from './restore.ts';
import type { RestoredLog } from './restore.ts';
import { RestoreRefused } from './restore-refused.ts';

const identity = { clusterId: clusterId('new'), storageId: storageId('new') };

interface Wanted {
  /** How many batches the log has by then, all of them committed. */
  readonly count: number;
  readonly base?: number;
  readonly from?: number;
  readonly cluster?: string;
  readonly isCompressed?: boolean;
}

/** A backup of this log, as a node takes it. */
async function backupOf(log: WrittenLog, { count, base = 0, from, cluster = 'old', isCompressed = false }: Wanted): Promise<Buffer> {
  const { store: source } = await recover(new CrashDisk(new Map()), { ...recoveryOptions, idempotency: limits });
  await source.saveState(stateOf(1));
  await store(source, log.batches.slice(0, count));
  if (base > 0) await source.rebase(log.planAt(base));
  const copy = source.copy({ from: from === undefined ? undefined : offset(from), committed: log.pointAt(count) });
  const batches: Batch[] = [];
  for (let piece = await copy.read(200); piece !== undefined; piece = await copy.read(200)) batches.push(...piece);
  const [first] = batches;
  const { controls } = log.outlineAt(count);
  const archive = archiveOf({
    head: {
      ...{ kind: from === undefined ? 'full' : 'increment', cluster, node: 'n', version: '1.0.0' },
      takenAt: new Date((log.batches[count - 1]?.timestamp ?? 0) + 1).toISOString(),
      begins: copy.checkpointBytes > 0 ? copy.base : first === undefined ? log.pointAt(count) : log.pointAt(first.number),
      firstOffset: Math.max(controls.firstOffset, copy.base.offset),
      bytesExpected: 0,
    },
    members: [],
    checkpoint: (async function* () {
      if (copy.checkpointBytes > 0) yield await copy.readCheckpoint(0, copy.checkpointBytes);
    })(),
    batches: (async function* () {
      for (const batch of batches) yield [batch];
    })(),
    done: () => undefined,
  });
  const pieces: Buffer[] = [];
  for await (const piece of isCompressed ? compressed(Readable.from(archive)) : archive) pieces.push(piece as Buffer);
  await copy.close();
  await source.close();
  return Buffer.concat(pieces);
}

/** In small pieces, as they may come. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
}

async function restored(backups: readonly Buffer[], until?: Until): Promise<{ readonly disk: CrashDisk; readonly found: RestoredLog }> {
  const disk = new CrashDisk(new Map());
  const named = backups.map((bytes, at) => ({ name: `b${at}`, bytes: () => inPieces(bytes) }));
  return { disk, found: await restore({ disk, backups: named, until, segmentBytesMax: 500, identity }) };
}

function start(disk: CrashDisk, node = 'any'): Promise<Recovered> {
  return recover(disk, { ...recoveryOptions, node: nodeId(node), idempotency: limits });
}

async function batchesOf({ store: log, outline }: Recovered): Promise<readonly Batch[]> {
  return outline.end.number > outline.base.number ? log.readFrom(outline.base.number, Number.MAX_SAFE_INTEGER) : [];
}

async function allOf(opened: Recovered): Promise<Batch[]> {
  const found: Batch[] = [];
  const { base, end } = opened.outline;
  for (let next = base.number; next < end.number; ) {
    const some = await opened.store.readFrom(next, 1_000_000);
    found.push(...some);
    const last = some.at(-1);
    assert.ok(last !== undefined);
    next = (last.number + 1) as typeof next;
  }
  return found;
}

function textsOf(batches: readonly Batch[]): string[] {
  return batches.flatMap((batch) => {
    const bounds = messageBounds(batch);
    return Array.from({ length: batch.entryCount }, (_none, at) =>
      asBuffer(batch.bytes).toString('utf8', bounds[2 * at], bounds[2 * at + 1]),
    );
  });
}

test('a backup and its increments, wherever they were taken, make the same log and what must be known of it', async () => {
  const property = fc.asyncProperty(
    fc.array(anyStep, { minLength: 6, maxLength: 30 }),
    fc.nat(),
    fc.nat(),
    fc.boolean(),
    async (steps, a, b, isCompressed) => {
      const log = WrittenLog.of(steps);
      const count = log.batches.length;
      const base = a % 3 === 0 ? 0 : 1 + (a % (count - 2));
      const middle = Math.max(base + 1, 1 + (b % count));
      const backups = [
        await backupOf(log, { count: middle, base, isCompressed }),
        await backupOf(log, { count, from: log.pointAt(middle).offset }),
      ];
      const { disk } = await restored(backups);
      const opened = await start(disk);
      assert.deepEqual(
        (await allOf(opened)).map(({ checksum }) => checksum),
        log.batches.slice(base).map(({ checksum }) => checksum),
      );
      assertKnows(opened.outline, log, base > 0 ? [log.planAt(base).base] : []);
      assert.deepEqual(opened.state?.restoredTo, count);
      assert.equal(opened.state?.clusterId, identity.clusterId);
      await opened.store.close();
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test('a log that is restored up to any entry has exactly the entries before it, and the keys of whole appends', async () => {
  const log = somethingOfAll();
  const count = log.batches.length;
  const backup = await backupOf(log, { count });
  const all = textsOf(log.batches);
  for (let until = 1; until <= log.end.offset; until += 1) {
    const { disk, found } = await restored([backup], { kind: 'offset', offset: offset(until) });
    assert.equal(found.end, until);
    const opened = await start(disk);
    const batches = await allOf(opened);
    assert.deepEqual(textsOf(batches), all.slice(0, until));
    const known = batches.flatMap(({ keys }) => keys);
    const expected = log.batches.flatMap(({ keys }) => keys).filter((key) => key.offset + key.entryCount <= until);
    assert.deepEqual(
      known.map((key) => key.offset),
      expected.map((key) => key.offset),
    );
    await opened.store.close();
  }
  await assert.rejects(
    restored([backup], { kind: 'offset', offset: offset(log.end.offset + 1) }),
    /b0: it ends at offset \d+, before offset/,
  );
});

test('what was trimmed stays trimmed, also if the log is to end before the decision', async () => {
  const log = somethingOfAll();
  for (let more = 0; more < 3; more += 1) log.write(step('entries'));
  const first = log.pointAt(8).offset;
  log.decideBase(8);
  for (let more = 0; more < 3; more += 1) log.write(step('entries'));
  const backup = await backupOf(log, { count: log.batches.length });
  const until = offset(first + 3);
  const { disk, found } = await restored([backup], { kind: 'offset', offset: until });
  assert.deepEqual([found.firstOffset, found.end], [first, until]);
  const { outline, store: opened } = await start(disk);
  outline.commitBatches(outline.end.number);
  assert.equal(outline.controls.firstOffset, first);
  await opened.close();
  await assert.rejects(restored([backup], { kind: 'offset', offset: first }), /nothing would be left: the log begins at offset/);
});

test('up to a time there is what was written before it', async () => {
  const log = somethingOfAll();
  const backup = await backupOf(log, { count: log.batches.length });
  const time = log.batches[9]?.timestamp ?? timestampMs(0);
  const { disk } = await restored([backup], { kind: 'time', time, text: 'then' });
  const opened = await start(disk);
  assert.deepEqual(textsOf(await batchesOf(opened)), textsOf(log.batches.filter(({ timestamp }) => timestamp < time)));
  await opened.store.close();
  await assert.rejects(
    restored([backup], { kind: 'time', time: timestampMs(Date.now()), text: 'now' }),
    /b0: it was taken at .*, before now/,
  );
});

test('a gap, another cluster, an increment alone and two whole backups are refused', async () => {
  const log = somethingOfAll();
  const count = log.batches.length;
  const full = await backupOf(log, { count: 8 });
  const late = await backupOf(log, { count, from: log.pointAt(12).offset });
  const foreign = await backupOf(log, { count, from: log.pointAt(8).offset, cluster: 'other' });
  await assert.rejects(
    restored([full, late]),
    (error) => error instanceof RestoreRefused && /^b1: .*a backup between them is missing/.test(error.message),
  );
  await assert.rejects(restored([full, foreign]), /^RestoreRefused: b1: it is of cluster other/);
  await assert.rejects(restored([late]), /an increment: the backup that it belongs to has to come first/);
  await assert.rejects(restored([full, full]), /a whole backup, and only increments can follow/);
});

test('a backup with any byte changed, or cut short anywhere, is not taken for whole', async () => {
  const log = somethingOfAll();
  const plain = await backupOf(log, { count: log.batches.length, base: 11 });
  const zstd = await backupOf(log, { count: log.batches.length, base: 11, isCompressed: true });
  assert.equal((await checkArchive(inPieces(zstd))).ends.number, log.batches.length);
  const property = fc.asyncProperty(
    fc.boolean(),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    fc.boolean(),
    async (isPlain, place, change, isCut) => {
      const whole = isPlain ? plain : zstd;
      const at = place % whole.length;
      const bytes = isCut ? whole.subarray(0, at) : Buffer.from(whole);
      if (!isCut) bytes.writeUInt8(bytes.readUInt8(at) ^ change, at);
      const found = await checkArchive(inPieces(bytes)).catch((error: unknown) => error);
      if (found instanceof BackupDamaged) return;
      // What is between files of a tar, and their dates, says nothing of the log.
      assert.ok(!(found instanceof Error), String(found));
      assert.deepEqual(found, await checkArchive(inPieces(whole)));
    },
  );
  await fc.assert(property, { numRuns: 400 });
});
