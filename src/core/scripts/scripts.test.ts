/**
 * Interaction scripts: what a core decides, command by command, in text files that can be read and reviewed like a story.
 * `REWRITE=1 npm run unit` writes the output into them; otherwise it is compared.
 */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScriptRunner } from './script-commands.test-support.ts';
import { describeDifference, formatScript, linesOf, parseScript } from './script.test-support.ts';

const folder = join(import.meta.dirname, 'testdata');
const isRewriting = process.env['REWRITE'] === '1';

for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
  test(`interaction script: ${name.replace('.txt', '').replaceAll('-', ' ')}`, () => {
    const path = join(folder, name);
    const script = parseScript(readFileSync(path, 'utf8'));
    const runner = new ScriptRunner();
    const outputs: string[][] = [];
    for (const block of script.blocks) {
      const output = runAt(`${name}:${block.line}`, () => runner.run(block));
      outputs.push(output);
      // Only the first difference is reported: later ones mostly follow from it.
      if (isRewriting || output.join('\n') === block.output.join('\n')) continue;
      const difference = describeDifference(linesOf(block, block.output), linesOf(block, output));
      assert.fail(`${name}:${block.line}: the output differs\n${difference}`);
    }
    if (isRewriting) writeFileSync(path, formatScript(script, outputs));
    else assert.equal(formatScript(script, outputs), readFileSync(path, 'utf8'), 'the file is as REWRITE=1 would write it');
  });
}

test('testdata/README.md explains every command of the scripts, and no other', () => {
  const [, commands = ''] = readFileSync(join(folder, 'README.md'), 'utf8').split(/^## /m);
  const explained = [...commands.matchAll(/^\| `([a-z]+)/gm)].map(([, verb = '']) => verb);
  assert.deepEqual(new Set(explained), new Set(new ScriptRunner().verbs));
});

function runAt<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
