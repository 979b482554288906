import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { applyEdit } from './mutant.ts';
import { mutants } from './mutants.ts';

const source = new URL('../../', import.meta.url);

test('every planted bug still applies to the source', () => {
  for (const { name, edits } of mutants) {
    const files = new Map<string, string>();
    for (const edit of edits) {
      const before = files.get(edit.file) ?? readFileSync(new URL(edit.file, source), 'utf8');
      assert.doesNotThrow(() => files.set(edit.file, applyEdit(before, edit)), `"${name}" no longer applies`);
      assert.notEqual(files.get(edit.file), before, `"${name}" changes something`);
    }
  }
});

test('planted bugs have names of their own', () => {
  const names = mutants.map((mutant) => mutant.name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.length >= 18, 'there are many ways to be wrong');
});

test('a planted bug is planted, run and found', () => {
  const mutate = fileURLToPath(new URL('mutate.ts', import.meta.url));
  const args = [mutate, '--only', 'the leader counts itself before it has flushed', '--count', '20', '--workers', '1'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(stdout, /1 of 1 planted bugs found/, stderr);
});
