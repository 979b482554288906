/** What others said, on its way to a terminal: messages, names, URLs and reasons are shown, and do nothing. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '../support/api.ts';
import { fakeNode, healthOfLeader } from '../support/fake-node.ts';
import { TestCluster, cleanEnvironment, isReady, rlogPath } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { Tmux, onlyWithTmux } from '../support/tmux.ts';
import { onlyLong } from '../support/long.ts';

/** Sets a title, clears the screen (twice, the second time in one character), turns the direction, deletes. */
const hostile = 'a\u001b]0;owned\u0007\u001b[2J\u009b2J\u202eb\u2066\u007f\r';
const unsafe = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

const cluster = new TestCluster();
let node: TestNode;

before(async () => {
  node = cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'] });
  await node.start();
  await isReady(node);
  // The message is spelled with as few escapes as JSON allows.
  const body = `{"message":${JSON.stringify(hostile)}}`;
  assert.equal((await ask(node, '/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status, 201);
});

after(() => cluster[Symbol.asyncDispose]());

test('a pipe gets the same JSON without a control character in it, and with --raw the very bytes', onlyLong, async () => {
  for (const command of [['messages'], ['messages', '--json'], ['tail', '-n', '1'], ['get', '--json', node.url], ['get', node.url]]) {
    const { stdout } = await runRlog([...command, ...(command[0] === 'get' ? [] : ['--url', node.url])]);
    assert.doesNotMatch(stdout.replaceAll('\n', ''), unsafe, command.join(' '));
    assert.match(stdout, /\\u001b\[2J\\u009b2J\\u202eb\\u2066\\u007f/, command.join(' '));
  }
  assert.equal(JSON.parse((await runRlog(['messages', '--url', node.url])).stdout), hostile);
  assert.equal((await runRlog(['messages', '--raw', '--url', node.url])).stdout, `${hostile}\n`);
  assert.equal((await runRlog(['tail', '--raw', '--url', node.url])).stdout, `${hostile}\n`);
});

test('a terminal shows a message as text, whatever is in it and with --raw too', onlyWithTmux, async () => {
  using terminal = new Tmux(`${rlogPath} messages --url ${node.url}; ${rlogPath} messages --raw --url ${node.url}; echo done`, {
    folder: cluster.folder,
    env: cleanEnvironment(),
    columns: 200,
  });
  await terminal.shows(/done/);
  const shown = 'a\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u202eb\\u2066\\u007f';
  assert.deepEqual(terminal.screen.slice(0, 2), [`"${shown}\\r"`, `${shown}\\u000d`]);
});

test('what a node says of itself and of others, and why it refuses, is shown the same way', async () => {
  const problem = { type: 'about:blank', title: hostile, status: 409, code: 'leader-fixed', outcome: 'rejected', detail: hostile };
  const member = { id: hostile, url: `http://x/${hostile}`, state: 'member', health: 'healthy' };
  const health = {
    ...healthOfLeader(),
    node: hostile,
    leader: { id: hostile, url: hostile, epoch: 4 },
    members: [member],
    version: hostile,
  };
  await using fake = await fakeNode((method, path) =>
    method === 'GET' && path === '/health' ? { status: 200, body: health } : { status: 409, body: problem },
  );
  for (const command of [
    ['status'],
    ['status', '--json'],
    ['members'],
    ['members', '--json'],
    ['members', 'remove', 's1'],
    ['members', 'add', 'http://s1:5001'],
    ['promote', 's1'],
    ['append', 'x'],
    ['messages'],
    ['tail'],
  ]) {
    const { stdout, stderr } = await runRlog([...command, '--url', fake.url]);
    assert.doesNotMatch(`${stdout}${stderr}`.replaceAll('\n', ''), unsafe, command.join(' '));
    assert.match(`${stdout}${stderr}`, /\\u009b2J/, command.join(' '));
  }
});
