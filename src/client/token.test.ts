import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import { ProblemError } from './problem-error.ts';
import type { FetchAnswer, FetchInit } from './types.ts';

const problem = (status: number, code: string): Response =>
  new Response(JSON.stringify({ code, title: code, detail: code, outcome: 'rejected', retryable: false }), { status });
const appended = (): Response => new Response('{"offset":0,"epoch":1,"w":1,"acks":1,"count":1}', { status: 201 });

/** A node that takes one token, and remembers what it was shown. */
function nodeWith(right: string, answer: (url: string) => Response = appended) {
  const shown: (string | null)[] = [];
  const fetch = (url: string, init: FetchInit): Promise<FetchAnswer> => {
    const { authorization = null } = init.headers;
    shown.push(authorization);
    return Promise.resolve(authorization === `Bearer ${right}` ? answer(url) : problem(401, 'unauthorized'));
  };
  return { shown, fetch };
}

const client = (node: { fetch: LogClientFetch }, token?: string | (() => string | Promise<string>)): LogClient =>
  new LogClient({ urls: 'http://a', fetch: node.fetch, learnNodes: false, token });
type LogClientFetch = ReturnType<typeof nodeWith>['fetch'];

async function failureOf(call: Promise<unknown>): Promise<ProblemError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProblemError);
  return error;
}

test('a token goes with every request, and one that is refused is not shown twice', async () => {
  const node = nodeWith('right');
  await client(node, 'right').append(1);
  const { code, outcome, retryable } = await failureOf(client(node, 'wrong').append(1));
  assert.deepEqual([code, outcome, retryable], ['unauthorized', 'rejected', false]);
  await failureOf(client(node).append(1));
  assert.deepEqual(node.shown, ['Bearer right', 'Bearer wrong', null]);
});

test('a function is asked before each request, and once more when its token was refused', async () => {
  const node = nodeWith('new');
  const given = ['old', 'new', 'new'];
  const log = client(node, () => Promise.resolve(given.shift() ?? 'new'));
  await log.append(1);
  await log.append(2);
  assert.deepEqual(node.shown, ['Bearer old', 'Bearer new', 'Bearer new']);
  const still = nodeWith('other');
  await failureOf(client(still, () => 'new').append(1));
  assert.deepEqual(still.shown, ['Bearer new'], 'there was no other token');
});

test('without a token that can be sent, nothing is', async () => {
  const node = nodeWith('right');
  const failing = client(node, () => Promise.reject(new Error('the vault is closed')));
  const failure = await failureOf(failing.append(1, { timeoutMs: 50 }));
  assert.deepEqual([failure.code, failure.outcome, failure.detail], ['not-sent', 'rejected', 'no token: the vault is closed']);
  assert.throws(() => client(node, 'two words'), { name: 'TypeError', message: '"token" must be printable ASCII without spaces' });
  assert.throws(() => new LogClient({ urls: 'http://user:pw@a', token: 'right' }), /same header/);
  assert.deepEqual(node.shown, []);
});

test('a function that never answers holds up a request no longer than its time', async () => {
  const log = client(nodeWith('right'), () => new Promise<string>(() => undefined));
  await assert.rejects(log.status({ timeoutMs: 20, silenceMs: 20 }), ProblemError);
});

test('a node that tells only a word without a token does not pass for one that told its status', async () => {
  const open = { fetch: () => Promise.resolve(new Response('{"status":"healthy"}')) };
  const { code, facts } = await failureOf(client(open).status());
  assert.deepEqual([code, facts], ['unauthorized', { health: 'healthy' }]);
});

test('a stream whose token was taken away goes on with the next one, where it was', async () => {
  const entry = (offset: number): string => `id: ${offset}\ndata: {"offset":${offset},"epoch":1,"timestamp":"t","message":${offset}}\n\n`;
  const end = `event: end\ndata: ${JSON.stringify({ code: 'unauthorized', detail: 'x', outcome: 'rejected', retryable: false })}\n\n`;
  const streams = [entry(0) + end, entry(1)];
  let current = 'first';
  const shown: unknown[] = [];
  const fetch = (_url: string, { headers }: FetchInit): Promise<FetchAnswer> => {
    if (headers['authorization'] !== `Bearer ${current}`) return Promise.resolve(problem(401, 'unauthorized'));
    shown.push([headers['authorization'], headers['last-event-id']]);
    current = 'second';
    return Promise.resolve(new Response(streams.shift(), { headers: { 'content-type': 'text/event-stream' } }));
  };
  const seen: number[] = [];
  const tokens = ['first', 'first', 'second'];
  for await (const { offset } of client({ fetch }, () => tokens.shift() ?? 'second').follow()) {
    seen.push(offset);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, [0, 1]);
  assert.deepEqual(shown, [
    ['Bearer first', undefined],
    ['Bearer second', '0'],
  ]);
});
