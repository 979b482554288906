/** The commands, asking a node that has tokens. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import type { Ran } from '../support/rlog.ts';
import { onlyLong } from '../support/long.ts';

interface Made {
  readonly token: string;
  readonly lines: string[];
}

const cluster = new TestCluster();
const made = new Map<string, Made>();
let node: TestNode;

before(async () => {
  for (const scope of ['read', 'append', 'read,append', 'admin']) {
    const { stdout } = await runRlog(['token', 'new', '--scope', scope, '--name', scope.replace(',', '-'), '--json']);
    made.set(scope, JSON.parse(stdout) as Made);
  }
  const tokens = join(cluster.folder, 'tokens');
  writeFileSync(tokens, [...made.values()].flatMap(({ lines }) => lines).join('\n'));
  node = await cluster.add({ kind: 'master', port: await freePort(), env: { API_TOKENS_FILE: tokens } }).start();
  await isReady(node);
});

after(() => cluster[Symbol.asyncDispose]());

const tokenOf = (scope: string): string => made.get(scope)?.token ?? '';

/** @param scope - of the token that is shown; none without it */
function rlog(args: readonly string[], scope?: string, url = node.url): Promise<Ran> {
  return runRlog(args, { env: { RLOG_URL: url, ...(scope !== undefined && { RLOG_TOKEN: tokenOf(scope) }) } });
}

test('a token that was made works as its line says', async () => {
  assert.equal((await rlog(['append', 'one', '--w', '1'], 'append')).status, 0);
  assert.deepEqual((await rlog(['messages'], 'read')).stdout, '"one"\n');
  const both = await rlog(['append', 'two', '--w', '1'], 'read,append');
  assert.equal(both.status, 0, both.stderr);
  assert.equal((await rlog(['messages'], 'read,append')).stdout, '"one"\n"two"\n');
  assert.equal((await rlog(['promote'], 'admin')).status, 0);
});

test('a token that lacks the scope, and none at all, are refused in one line that says what would help', onlyLong, async () => {
  for (const [args, scope] of [
    [['messages'], 'append'],
    [['append', 'three'], 'read'],
    [['promote'], 'read,append'],
  ] as const) {
    const { status, stderr } = await rlog(args, scope);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, /^rlog: .*\(missing-scope, rejected\)\n$/);
  }
  for (const args of [['messages'], ['append', 'three'], ['status'], ['members', 'remove', 'x'], ['tail']]) {
    const { status, stderr } = await rlog(args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, /^rlog: .*\(unauthorized, rejected\); RLOG_TOKEN, or --token-file, says which token to show\n$/);
  }
});

test(
  'the token may be in a file, which counts before the variable, and one that is wrong is told before anything is sent',
  onlyLong,
  async () => {
    const file = join(cluster.folder, 'mine');
    writeFileSync(file, `${tokenOf('read')}\n`);
    assert.equal((await rlog(['messages', '--token-file', file])).stdout, '"one"\n"two"\n');
    assert.equal((await rlog(['messages', '--token-file', file], 'append')).status, 0);
    writeFileSync(file, 'two words\n');
    for (const path of [file, join(cluster.folder, 'nothing')]) {
      const { status, stderr } = await rlog(['messages', '--token-file', path]);
      assert.deepEqual([status, stderr.includes('two words')], [2, false]);
      assert.match(stderr, /^rlog: --token-file .*\n$/);
    }
    const withPassword = await rlog(['messages'], 'read', node.url.replace('//', '//user:pw@'));
    assert.deepEqual([withPassword.status, /same header/.test(withPassword.stderr)], [2, true]);
  },
);

test('the health check of an image needs no token: the node serves, and that is what is asked', async () => {
  const without = await rlog(['health', node.url]);
  assert.deepEqual([without.status, without.stdout], [0, 'healthy; more is told to who has a token\n']);
  assert.equal((await rlog(['health', '--json', node.url])).stdout, '{"status":"healthy"}\n');
  assert.match((await rlog(['health', node.url], 'append')).stdout, /^master healthy, leader, 2 messages\n$/);
});
