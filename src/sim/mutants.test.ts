import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyEdit } from './mutant.ts';
import { mutants } from './mutants.ts';

const source = new URL('../', import.meta.url);

test('every planted bug still applies to the source', () => {
  for (const { name, edits } of mutants) {
    const files = new Map<string, string>();
    for (const edit of edits) {
      const before = files.get(edit.file) ?? readFileSync(new URL(edit.file, source), 'utf8');
      assert.doesNotThrow(() => files.set(edit.file, applyEdit(before, edit)), `"${name}" does not apply any more`);
      assert.notEqual(files.get(edit.file), before, `"${name}" changes something`);
    }
  }
});

test('planted bugs have names of their own', () => {
  const names = mutants.map((mutant) => mutant.name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.length >= 18, 'there are many ways to be wrong');
});
