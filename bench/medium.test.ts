import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { folderFor, mediumOf } from './medium.ts';
import { UsageError } from './options.ts';

test('data lies below TMPDIR, and in memory on the first tmpfs that there is', () => {
  assert.equal(folderFor({ isInMemory: false }), tmpdir());
  // Linux always has this one, and nobody writes to it.
  assert.equal(mediumOf('/proc'), 'disk');
  const candidates = ['/proc', '/nowhere', '/dev/shm'];
  assert.equal(folderFor({ isInMemory: true }, candidates), '/dev/shm');
  assert.equal(mediumOf('/dev/shm'), 'memory');
});

test('without a tmpfs, --memory says what it needs', () => {
  assert.throws(
    () => folderFor({ isInMemory: true }, ['/proc', '/nowhere']),
    (error) => error instanceof UsageError && /--memory needs a tmpfs .*\/proc and \/nowhere are none/.test(error.message),
  );
});
