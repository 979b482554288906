import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantMs, timestampMs } from '../core/model/numbers.ts';
import { readPatiently } from './patient-read.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Clock } from '../ports/ports.ts';

/** A clock whose timers fire at once. */
const clock: Clock = {
  now: () => instantMs(0),
  wallClock: () => timestampMs(0),
  after: (_ms, callback) => {
    setImmediate(callback);
    return () => undefined;
  },
  soon: setImmediate,
};

const short = (): Promise<string> => Promise.reject(new NoRoom('none', { lacks: 'file descriptors' }));

test('a read without a file descriptor is retried until there is one, and fails as overloaded in the end', async () => {
  let tries = 0;
  const read = await readPatiently(clock, short(), () => {
    tries += 1;
    return tries < 3 ? short() : 'entries';
  });
  assert.deepEqual([read, tries], ['entries', 3]);
  await assert.rejects(readPatiently(clock, short(), short), { code: 'overloaded', facts: { lacks: 'file descriptors' } });
  const damaged = new Error('damaged');
  await assert.rejects(readPatiently(clock, Promise.reject(damaged), short), damaged);
});
