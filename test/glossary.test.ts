/** Checks the names of files and exports against docs/glossary.md. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportedNames, readSource, wordsOf } from './support/imports.ts';
import { repository } from './support/nodes.ts';

interface Named {
  readonly name: string;
  readonly path: string;
}

/** The words of the last column, each with the word that is used instead. Terms of several words cannot be part of a name. */
function unused(page: string): Map<string, string> {
  const rows = page.split('\n').filter((line) => /^\| (?!---|word )/.test(line));
  return new Map(
    rows.flatMap((row) => {
      const [word = '', , not = ''] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      const single = not.split(', ').filter((one) => /^[a-z]+$/.test(one));
      return single.map((one): [string, string] => [one, word]);
    }),
  );
}

function strayNames(names: readonly Named[], words: ReadonlyMap<string, string>): string[] {
  return names.flatMap(({ name, path }) => {
    const stray = wordsOf(name).find((word) => words.has(word));
    return stray === undefined ? [] : [`${name} (${path}): the glossary says "${words.get(stray)}", not "${stray}"`];
  });
}

const glossary = readFileSync(join(repository, 'docs/glossary.md'), 'utf8');

test('no file of src and no export has a name with a word that the glossary rejects', () => {
  const names = readSource(join(repository, 'src')).flatMap(({ path }): Named[] => [
    { name: path.slice(path.lastIndexOf('/') + 1), path },
    ...exportedNames(readFileSync(join(repository, 'src', path), 'utf8')).map((name) => ({ name, path })),
  ]);
  assert.ok(names.length > 500);
  assert.deepEqual(strayNames(names, unused(glossary)), []);
});

test('a planted wrong word is found, in the name of a file and in that of an export', () => {
  const words = unused(glossary);
  assert.ok(words.size >= 20, 'the glossary says which words are not used');
  const names = exportedNames(
    'export class PrimaryElection {}\nexport const logTruncation = 1;\nexport type { TermNumber } from "./x.ts";\n',
  );
  assert.deepEqual(names, ['PrimaryElection', 'logTruncation', 'TermNumber']);
  const found = strayNames(
    [...names, 'slave-list.ts', 'leader.ts'].map((name) => ({ name, path: 'x' })),
    words,
  );
  assert.deepEqual(
    found.map((line) => line.split(' ')[0]),
    ['PrimaryElection', 'logTruncation', 'TermNumber', 'slave-list.ts'],
  );
});

test('each word is defined once', () => {
  const words = glossary
    .split('\n')
    .filter((line) => /^\| (?!---|word )/.test(line))
    .flatMap((line) => (line.split('|')[1] ?? '').split(',').map((word) => word.trim()));
  assert.deepEqual(
    words.filter((word, index) => words.indexOf(word) !== index),
    [],
  );
});
