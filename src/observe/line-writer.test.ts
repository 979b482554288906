import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineWriter } from './line-writer.ts';
import type { LineOutput } from './line-writer.ts';

/** A disk with room for so many bytes, which fails when it is full. */
class SmallDisk implements LineOutput {
  room: number;
  content = '';
  failures = 0;

  constructor(room: number) {
    this.room = room;
  }

  readonly write = (_fd: number, bytes: Buffer, done: (error: Error | null, written: number) => void): void => {
    setImmediate(() => {
      try {
        done(null, this.writeSync(0, bytes));
      } catch (error) {
        done(error as Error, 0);
      }
    });
  };

  readonly writeSync = (_fd: number, bytes: Buffer): number => {
    const written = Math.min(bytes.length, this.room);
    if (written === 0) {
      this.failures += 1;
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    this.room -= written;
    this.content += bytes.toString('latin1', 0, written);
    return written;
  };
}

function immediate(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Resolves when nothing more can be written at present. */
async function settle(disk: SmallDisk): Promise<void> {
  const failuresBefore = disk.failures;
  for (let n = 0; n < 10 && disk.failures === failuresBefore; n += 1) await immediate();
}

test('writing resumes when a full disk has room again, even after lines were dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const disk = new SmallDisk(10);
  let dropped = 0;
  const writer = new LineWriter({ fd: 3, waitingBytesMax: 100, dropped: (lines) => (dropped += lines), output: disk });
  for (let n = 0; n < 30; n += 1) writer.write(`line ${String(n).padStart(2, '0')}\n`);
  assert.equal(dropped, 18, '12 lines of 8 bytes may wait');
  await settle(disk);
  assert.equal(disk.content, 'line 00\nli');
  // No further line is needed for the waiting ones to be written.
  t.mock.timers.tick(100);
  await settle(disk);
  disk.room = Number.MAX_SAFE_INTEGER;
  t.mock.timers.tick(100);
  await settle(disk);
  assert.deepEqual(disk.content.split('\n'), [...Array.from({ length: 12 }, (_, n) => `line ${String(n).padStart(2, '0')}`), '']);
  writer.write('and on\n');
  await settle(disk);
  assert.ok(disk.content.endsWith('line 11\nand on\n'));
  assert.equal(dropped, 18);
});

test('the last lines of a process are written at once, and a full disk does not delay its exit', async () => {
  const disk = new SmallDisk(8);
  let dropped = 0;
  const writer = new LineWriter({ fd: 3, waitingBytesMax: 1000, dropped: (lines) => (dropped += lines), output: disk });
  writer.write('first\n');
  await settle(disk);
  disk.room = 7;
  // The first of these is being written when the process ends.
  for (const line of ['second\n', 'third\n', 'fourth\n']) writer.write(line);
  await immediate();
  await immediate();
  assert.equal(disk.content, 'first\nsecond\n');
  writer.flushSync();
  assert.equal(dropped, 2);
});
