/** Copies of a log that is trimmed, cut and written on while they are read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch } from '../core/model/batch.ts';
import { offset } from '../core/model/numbers.ts';
import { asBuffer } from '../protocol/batch-codec.ts';
import type { LogCopy } from './log-copy.ts';
import type { LogStore } from './log-store.ts';
import { MemoryLog } from './memory-log.ts';
import { recover } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { stateOf } from './testing/log-script.test-support.ts';
import { recoveryOptions } from './testing/watched-log.test-support.ts';
import { WrittenLog, anyStep, checkpointOf, limits, somethingOfAll, store } from './testing/written-log.test-support.ts';

async function segmented(): Promise<{ readonly log: LogStore }> {
  const disk = new CrashDisk(new Map());
  const opened = await recover(disk, { ...recoveryOptions, idempotency: limits });
  await opened.store.saveState(stateOf(1));
  return { log: opened.store };
}

async function checkpointIn(copy: LogCopy): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let position = 0; position < copy.checkpointBytes; position += pieces.at(-1)?.length ?? 0) {
    pieces.push(await copy.readCheckpoint(position, 100));
  }
  return Buffer.concat(pieces);
}

/** @param between - done after the first piece */
async function batchesIn(copy: LogCopy, between: () => Promise<unknown> = () => Promise.resolve()): Promise<Batch[]> {
  const batches: Batch[] = [];
  let isFirst = true;
  for (let piece = await copy.read(300); piece !== undefined; piece = await copy.read(300)) {
    batches.push(...piece);
    if (isFirst) await between();
    isFirst = false;
  }
  return batches;
}

function bytesOf(batches: readonly Batch[]): string {
  return Buffer.concat(batches.map(({ bytes }) => asBuffer(bytes))).toString('hex');
}

test('whatever is trimmed, cut or written meanwhile, a copy holds the checkpoint and the committed batches of when it was begun', async () => {
  const property = fc.asyncProperty(
    fc.array(anyStep, { minLength: 8, maxLength: 40 }),
    fc.nat(),
    fc.nat(),
    fc.boolean(),
    async (steps, a, b, isInMemory) => {
      const written = WrittenLog.of(steps);
      const count = written.batches.length;
      const log = isInMemory ? new MemoryLog({ freedBytesMin: 0 }) : (await segmented()).log;
      const end = 3 + (a % (count - 2));
      await store(log, written.batches.slice(0, end));
      const first = 1 + (b % (end - 2));
      const before = a % 2 === 0 ? 0 : first;
      if (before > 0) await log.rebase(written.planAt(before));
      const checkpoint = before > 0 ? await checkpointOf(log) : Buffer.alloc(0);
      const committed = written.pointAt(Math.max(before, end - 1 - (b % 3)));
      const copy = log.copy({ from: undefined, committed });
      assert.deepEqual(copy.base, written.pointAt(before));
      const later = Math.max(before + 1, Math.min(committed.number, end - 1));
      const batches = await batchesIn(copy, async () => {
        if (committed.number < end && b % 2 === 0) await log.cut(committed);
        else await store(log, written.batches.slice(end));
        const held = committed.number < end && b % 2 === 0 ? committed.number : count;
        if (later < held && later > before) await log.rebase(written.planAt(later));
      });
      assert.equal((await checkpointIn(copy)).toString('hex'), checkpoint.toString('hex'));
      // Batches without entries behind the last committed entry may be committed, and are left out.
      const expected = written.batches.filter(
        (batch) => batch.number >= before && (batch.number < committed.number || batch.baseOffset < committed.offset),
      );
      assert.equal(bytesOf(batches), bytesOf(expected));
      await copy.close();
      await log.close();
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('a copy from an entry on begins with the batch that holds it', async () => {
  const written = somethingOfAll();
  const { log } = await segmented();
  await store(log, written.batches);
  const { end } = written;
  for (let from = 0; from <= end.offset; from += 1) {
    const copy = log.copy({ from: offset(from), committed: end });
    const batches = await batchesIn(copy);
    await copy.close();
    const expected = written.batches.filter(({ baseOffset, entryCount }) => baseOffset >= from || baseOffset + entryCount > from);
    assert.equal(bytesOf(batches), bytesOf(expected), `from ${from}`);
  }
});

test('a copy that was closed brings nothing more', async () => {
  const written = somethingOfAll();
  const { log } = await segmented();
  await store(log, written.batches);
  const copy = log.copy({ from: undefined, committed: written.end });
  await copy.read(1);
  await log.rebase(written.planAt(11));
  await copy.close();
  assert.equal(await copy.read(1), undefined);
  await log.close();
});
