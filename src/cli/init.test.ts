import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { init } from './init.ts';

test('keys are never put into a folder that somebody else has made ready for them', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'init-'));
  try {
    // In a folder like /tmp anybody may have made it, whose process ids are no secret.
    const guessed = join(parent, `.made.${process.pid}`);
    mkdirSync(guessed);
    writeFileSync(join(guessed, 'planted'), '');
    const made = join(parent, 'made');
    await init(made, { nodes: 'https://n1.example:5000', days: '30' });
    assert.deepEqual(readdirSync(made).toSorted(), ['authority', 'client', 'n1.example_5000']);
    assert.equal(statSync(made).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(parent).toSorted(), ['.made.' + String(process.pid), 'made']);
  } finally {
    rmSync(parent, { recursive: true });
  }
});
