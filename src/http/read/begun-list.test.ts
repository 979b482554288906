import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../core/model/batch.ts';
import { batchNumber, clusterId, epoch, logAge, offset, timestampMs } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { entryLines } from '../dialects/list-format.ts';
import { begun } from './begun-list.ts';
import { entryStream } from './entry-stream.ts';
import { ReadPacer } from './read-pacer.ts';

const end = offset(9);

/** A log of one-entry batches that is trimmed while it is read: before read `n`, up to `trims[n]`. */
class ShrinkingLog {
  readonly clusterId = clusterId('0123abcd-x');
  readonly cutCount = 0;
  firstOffset = offset(0);
  readonly #trims: (number | undefined)[];

  constructor(trims: readonly (number | undefined)[]) {
    this.#trims = [...trims];
  }

  readEntriesFrom(from: Offset): Promise<Batch[]> {
    this.firstOffset = offset(this.#trims.shift() ?? this.firstOffset);
    return Promise.resolve(from < this.firstOffset || from >= end ? [] : [batchAt(from)]);
  }
}

function batchAt(from: Offset): Batch {
  const place = { epoch: epoch(1), number: batchNumber(from), baseOffset: from, entryCount: 1, timestamp: timestampMs(0), age: logAge(0) };
  const rest = { committedEnd: offset(0), isMarker: false, memberList: undefined, keys: [], requestIds: [] };
  return encodeBatch({ ...place, ...rest }, [{ messages: packMessages([Buffer.from('1')]), key: undefined }]);
}

/** @returns the offset in the header, and those in the list */
async function listOf(log: ShrinkingLog, start?: number): Promise<readonly [string | undefined, number[]]> {
  const driver = log as unknown as Driver;
  const parts = { driver, readPacer: new ReadPacer(() => false) };
  const place = { start: start === undefined ? undefined : offset(start), seen: undefined };
  const { pieces, headers } = await begun(parts, place, (from) => entryStream(parts, { start: from, end }, entryLines));
  const lines: Buffer[] = [];
  for await (const piece of pieces) lines.push(piece);
  const offsets = [
    ...Buffer.concat(lines)
      .toString('utf8')
      .matchAll(/"offset":(\d+)/g),
  ].map(([, at]) => Number(at));
  return [headers['rlog-first-offset'], offsets];
}

test('without a place a list begins where the log does when its first entry is read, and says so', async () => {
  assert.deepEqual(await listOf(new ShrinkingLog([])), ['0', [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  assert.deepEqual(await listOf(new ShrinkingLog([2, 4, undefined])), ['4', [4, 5, 6, 7, 8]]);
  // All of it went.
  assert.deepEqual(await listOf(new ShrinkingLog([9])), ['9', []]);
});

test('with a place a list begins there or not at all, and one that is overtaken by a trim breaks off', async () => {
  assert.deepEqual(await listOf(new ShrinkingLog([3]), 3), ['0', [3, 4, 5, 6, 7, 8]]);
  const isTrimmed = { code: 'trimmed', facts: { offset: 3, firstOffset: 4 } };
  await assert.rejects(listOf(new ShrinkingLog([4]), 3), isTrimmed);
  await assert.rejects(listOf(new ShrinkingLog([undefined, undefined, 6]), 2), { code: 'trimmed', facts: { offset: 4, firstOffset: 6 } });
  await assert.rejects(listOf(new ShrinkingLog([undefined, undefined, 6])), { code: 'trimmed', facts: { offset: 2, firstOffset: 6 } });
});
