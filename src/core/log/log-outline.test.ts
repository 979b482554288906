import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchHeader } from '../model/batch.ts';
import { agreedPoint } from '../model/epoch-history.ts';
import { LogOutline } from './log-outline.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../model/numbers.ts';
import { logStart } from '../model/place.ts';

function outlineOf(epochs: readonly number[]): LogOutline {
  const outline = new LogOutline({ keysMax: 10, windowMs: 1000 });
  for (const value of epochs) append(outline, value);
  outline.flushed(outline.end.number);
  return outline;
}

/** Appends a batch, of one entry by default. */
function append(outline: LogOutline, value: number, entryCount = 1): void {
  const { number, offset: baseOffset } = outline.end;
  const header: BatchHeader = {
    epoch: epoch(value),
    number,
    baseOffset,
    entryCount,
    timestamp: timestampMs(0),
    age: logAge(0),
    committedEnd: offset(0),
    isMarker: false,
    memberList: undefined,
    keys: [],
  };
  outline.append(header);
}

test('after a cut at a point where another log begins an epoch, the next batch gets its own epoch, and the two logs part there', () => {
  const other = outlineOf([1, 1, 4, 4]);
  const outline = outlineOf([1, 1, 3, 3, 3]);
  const point = agreedPoint(other.shape, outline.shape);
  outline.cut(point);
  append(outline, 8);
  assert.equal(outline.epochAt(batchNumber(2)), 8);
  assert.deepEqual(
    outline.shape.starts.map((start) => [start.epoch, start.number]),
    [
      [1, 0],
      [8, 2],
    ],
  );
  assert.equal(agreedPoint(other.shape, outline.shape).number, 2);
});

test('a cluster without messages is given up completely, even if its first batch is committed; one with messages is not', () => {
  const outline = outlineOf([]);
  append(outline, 1, 0);
  outline.flushed(batchNumber(1));
  outline.commitBatches(batchNumber(1));
  const id = outline.giveUp();
  assert.deepEqual([outline.hasLog, outline.committedNumber], [false, 0]);
  outline.cutDone({ id, point: logStart, lastTimestamp: timestampMs(0), lastAge: logAge(0) });
  append(outline, 2);
  assert.throws(() => outline.giveUp(), /without messages/);
});
