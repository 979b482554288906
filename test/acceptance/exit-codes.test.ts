/** The exit code of each command. docs/cli.md has the table. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { fakeNode, healthOfLeader } from '../support/fake-node.ts';
import type { FakeAnswer, FakeNode } from '../support/fake-node.ts';
import { onlyLong } from '../support/long.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import type { Ran } from '../support/rlog.ts';

const problem = (outcome: 'rejected' | 'unknown'): object => ({
  code: outcome === 'unknown' ? 'concern-timeout' : 'no-room',
  title: 'The title',
  detail: 'the detail',
  outcome,
  retryable: false,
});

/** What the node answers, by the first part of the path. */
function answerOf(path: string): FakeAnswer | undefined {
  const isHealth = path.endsWith('/health');
  if (path.startsWith('/sick')) return { status: 503, body: problem('rejected') };
  if (isHealth) return { status: 200, body: healthOfLeader() };
  if (path.startsWith('/rejected')) return { status: 507, body: problem('rejected') };
  if (path.startsWith('/unknown')) return { status: 504, body: problem('unknown') };
  return undefined;
}

let node: FakeNode;
let closedPort = 0;

before(async () => {
  node = await fakeNode((_method, path) => answerOf(path));
  closedPort = await freePort();
});

after(async () => {
  await node[Symbol.asyncDispose]();
});

const changes: readonly (readonly string[])[] = [
  ['append', 'x'],
  ['append'],
  ['post', 'x'],
  ['members', 'add', 'http://127.0.0.1:1'],
  ['members', 'remove', 'x'],
  ['members', 'remove', 'x', '--force', '--yes'],
  ['promote', 'x'],
  ['trim', '--before', '2', '--yes'],
  ['retention', 'set', '--max-age', '7d'],
];
const reads: readonly (readonly string[])[] = [['messages'], ['tail'], ['tail', '-f'], ['get'], ['get', '--json']];
const looks: readonly (readonly string[])[] = [['status'], ['health'], ['members'], ['retention']];

const at = (url: string, args: readonly string[]): Promise<Ran> => runRlog(args, { input: 'line\n', env: { RLOG_URL: url } });
const lineOf = (args: readonly string[]): string => `rlog ${args.join(' ')}`;

function testEach(isChosen: (args: readonly string[]) => boolean): void {
  for (const args of [...changes, ...reads, ...looks].filter(isChosen)) {
    void test(`${lineOf(args)} ends with ${exitCodes.unreachable} if no node answers, and with ${exitCodes.usage} on an unknown flag or a bad URL`, async () => {
      const [unreached, wrong, noUrl] = await Promise.all([
        at(`http://127.0.0.1:${closedPort}`, args),
        at(node.url, [...args, '--no-such-flag']),
        at('nowhere', args),
      ]);
      assert.deepEqual([unreached.status, unreached.stdout], [exitCodes.unreachable, '']);
      assert.match(unreached.stderr, /^rlog: no answer from http:\/\/127\.0\.0\.1:\d+\/\w+\S*: connection refused\n$/);
      assert.deepEqual([wrong.status, wrong.stdout], [exitCodes.usage, '']);
      assert.deepEqual([noUrl.status, noUrl.stdout], [exitCodes.usage, '']);
      assert.match(noUrl.stderr, /^rlog: RLOG_URL: "nowhere" is not a URL like .*\n$/);
    });
  }

  for (const args of [...changes, ...reads].filter(isChosen)) {
    void test(`${lineOf(args)} ends with ${exitCodes.rejected} if it is rejected, and says why once`, async () => {
      const { status, stdout, stderr } = await at(`${node.url}/rejected`, args);
      assert.deepEqual([status, stdout], [exitCodes.rejected, '']);
      assert.equal(stderr.split('the detail').length, 2, stderr);
      assert.ok(!stderr.includes('The title'), stderr);
      assert.ok(!stderr.includes('trying again'), `nothing is sent again: ${stderr}`);
    });
  }

  for (const args of looks.filter(isChosen)) {
    void test(`${lineOf(args)} ends with ${exitCodes.rejected} if the node does not report its health`, async () => {
      const { status, stderr } = await at(`${node.url}/sick`, args);
      assert.deepEqual([status, stderr], [exitCodes.rejected, 'rlog: the detail (no-room, rejected)\n']);
    });
  }

  for (const args of changes.filter(isChosen)) {
    void test(`${lineOf(args)} ends with ${exitCodes.unknown} if it is unknown whether it was done`, async () => {
      // An append is retried until its timeout, unless the node says that it is not retryable.
      const limited = args[0] === 'append' ? [...args, '--timeout-ms', '100'] : args;
      for (const [path, pattern] of [
        ['/unknown', /^rlog: the detail \(concern-timeout, unknown\)\n/],
        ['/silent', /^rlog: (.*; trying again\nrlog: )?no answer from .*it may have been done \(unknown\)\n/],
      ] as const) {
        const { status, stdout, stderr } = await at(node.url + path, limited);
        assert.deepEqual([status, stdout], [exitCodes.unknown, ''], stderr);
        assert.match(stderr, pattern);
      }
    });
  }
}

/** The commands that are tested every time: testing all of them takes long. */
const quick: readonly (string | undefined)[] = ['append', 'messages', 'status'];
testEach(([command]) => quick.includes(command));
void describe('the other commands', onlyLong, () => testEach(([command]) => !quick.includes(command)));

test('a missing or unknown command, and a folder that does not exist, are usage errors', async () => {
  const { status: nothing } = await runRlog([]);
  const { status: unknown, stderr } = await runRlog(['appendd']);
  assert.deepEqual([nothing, unknown], [exitCodes.usage, exitCodes.usage]);
  assert.match(stderr, /^error: unknown command 'appendd'\n\(Did you mean append\?\)\n/);
  for (const command of ['verify', 'repair']) assert.equal((await runRlog([command, '/nowhere/at/all'])).status, exitCodes.usage);
  for (const args of [['--help'], ['--version'], ['append', '--help'], ['help', 'tail']])
    assert.equal((await runRlog(args)).status, exitCodes.done, args.join(' '));
});

test('a number that is out of range, and flags that do not go together, are usage errors', async () => {
  for (const [args, why] of [
    [['promote', 'x', '--timeout-ms', '999999'], '--timeout-ms must be a whole number from 1 to 600000, not "999999"'],
    [['append', 'x', '--timeout-ms', '999999'], '--timeout-ms must be a whole number from 1 to 600000, not 999999'],
    [['append', '--key', 'k', '--from-line', '0'], '--from-line must be a whole number from 1 on, not "0"'],
    [['append', '--from-line', '3'], '--from-line continues an append that stopped: it needs the --key of that append'],
    [['append', 'x', '--key', 'k', '--from-line', '3'], '--from-line is for lines of standard input, not for messages on the command line'],
    [['tail', '-n', '-1'], '--lines must be a whole number from 0 on, not "-1"'],
  ] as const) {
    const { status, stdout, stderr } = await at(node.url, args);
    assert.deepEqual([status, stdout, stderr], [exitCodes.usage, '', `rlog: ${why}\n`]);
  }
});

test('a change that cannot be undone asks for confirmation, and is a usage error where it cannot ask', async () => {
  for (const args of [
    ['members', 'remove', 'x', '--force'],
    ['promote', '--force'],
    ['trim', '--before', '2'],
  ]) {
    const { status, stderr } = await at(node.url, args);
    assert.equal(status, exitCodes.usage, stderr);
    assert.match(stderr, /nothing was changed: add --yes if you are sure\n$/);
  }
});
