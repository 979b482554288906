import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../core/model/batch.ts';
import { offset, timestampMs } from '../core/model/numbers.ts';
import { OldestEntry } from './oldest-entry.ts';
import type { KeptLog } from './oldest-entry.ts';

class Log implements KeptLog {
  firstOffset = offset(0);
  durableEnd = offset(0);
  readonly reads: number[] = [];

  readEntriesFrom(from: number): readonly Batch[] {
    this.reads.push(from);
    return [{ timestamp: timestampMs(1000 + from) } as Batch];
  }
}

test('the oldest entry is as old as the batch at the first offset, which is read once', async () => {
  const log = new Log();
  const oldest = new OldestEntry(log);
  assert.equal(await oldest.timestamp(), undefined, 'an empty log has no oldest entry');
  log.durableEnd = offset(5);
  assert.equal(await oldest.timestamp(), 1000);
  assert.equal(await oldest.timestamp(), 1000);
  log.firstOffset = offset(3);
  assert.equal(await oldest.timestamp(), 1003);
  assert.deepEqual(log.reads, [0, 3]);
  log.firstOffset = offset(5);
  assert.equal(await oldest.timestamp(), undefined, 'everything is trimmed');
});
