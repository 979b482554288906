/** docs/api, made from the comments of what the package exports. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { onlyLong } from './support/long.ts';
import { repository } from './support/nodes.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'rlog-api-'));
const tool = join(repository, 'scripts', 'api-docs');

/** What the tool says where it finds a mistake. */
function made(options: string, out: string): Promise<string> {
  return run(join(tool, 'node_modules', '.bin', 'typedoc'), ['--options', options, '--out', out]).then(
    () => '',
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `${stdout}${stderr}`,
  );
}

function pages(of: string): Map<string, string> {
  const names = globSync('**/*.md', { cwd: of }).toSorted();
  return new Map(names.map((name) => [name, readFileSync(join(of, name), 'utf8')]));
}

void describe('docs/api', onlyLong, () => {
  after(() => rmSync(folder, { recursive: true }));

  void test('is what npm run docs:api makes, and every exported name has a comment', async () => {
    const out = join(folder, 'made');
    assert.equal(await made(join(tool, 'typedoc.json'), out), '');
    const [found, expected] = [pages(join(repository, 'docs', 'api')), pages(out)];
    assert.deepEqual([...found.keys()], [...expected.keys()]);
    for (const [name, text] of expected) assert.ok(found.get(name) === text, `npm run docs:api makes another ${name}`);
  });

  void test('a planted name without a comment is found', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'planted.ts'), '/** @module planted */\nexport interface Bare {}\n/** Said. */\nexport interface Said {}\n');
    const options = JSON.parse(readFileSync(join(tool, 'typedoc.json'), 'utf8')) as object;
    const planted = {
      ...options,
      plugin: [join(tool, 'node_modules', 'typedoc-plugin-markdown', 'dist', 'index.js')],
      tsconfig: 'planted.json',
      entryPoints: ['planted.ts'],
      intentionallyNotExported: [],
    };
    writeFileSync(join(source, 'typedoc.json'), JSON.stringify(planted));
    writeFileSync(join(source, 'planted.json'), JSON.stringify({ files: ['planted.ts'] }));
    const told = await made(join(source, 'typedoc.json'), join(folder, 'planted'));
    assert.match(told, /Bare \(Interface\).*does not have any documentation/);
    assert.doesNotMatch(told, /Said/);
  });
});
