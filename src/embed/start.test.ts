import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkNode, oldestNode } from './start.ts';

test('a Node that is too old is told so, by the version that the package asks for', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  assert.equal(engines.node, `>=${oldestNode}`);
  for (const version of [oldestNode, process.versions.node, '24.10.0', '25.0.0-nightly']) checkNode(version);
  for (const version of ['20.19.0', '24.8.1', '23.11.0'])
    assert.throws(() => checkNode(version), { name: 'NodeFailed', reason: 'OldNode' });
});
