import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyEdit } from '../../src/sim/mutants/mutant.ts';
import { plantedBugs } from './planted-bugs.ts';

const repository = new URL('../../', import.meta.url);

test('every planted bug of security still applies to the source, and names tests that are there', () => {
  for (const { name, edits, tests } of plantedBugs) {
    const files = new Map<string, string>();
    for (const edit of edits) {
      const before = files.get(edit.file) ?? readFileSync(new URL(`src/${edit.file}`, repository), 'utf8');
      assert.doesNotThrow(() => files.set(edit.file, applyEdit(before, edit)), `"${name}" no longer applies`);
    }
    for (const path of tests) assert.ok(existsSync(new URL(path, repository)), `"${name}" names ${path}`);
  }
});
