import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { ClientRequest, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { AppendOptions, AppendedMany } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { defaultUrl } from '../config/node-url.ts';
import { entryTexts } from './entries.ts';
import { healthOf } from './any-node.ts';
import { asLongAsItTakes, clientOf, orFail } from './log-client.ts';

/** As `rlog append` does. */
function append(url: string, text = '"x"', options: AppendOptions = {}): Promise<AppendedMany> {
  return orFail(clientOf(url).appendTexts([text], { ...asLongAsItTakes, ...options }));
}

async function textsAt(url: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of entryTexts(url)) texts.push(text.toString('utf8'));
  return texts;
}

test('a command waits for an answer as long as it takes: no timer runs once there is a connection', async (t) => {
  const waiting = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => waiting.resolve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const requests: ClientRequest[] = [];
  const remember = (message: unknown): number => requests.push((message as { readonly request: ClientRequest }).request);
  subscribe('http.client.request.start', remember);
  // Time runs on while the node takes its own: were anything bounded by it, it would end now.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const answer = append(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const response = await waiting.promise;
    t.mock.timers.tick(24 * 3600 * 1000);
    const [request] = requests;
    assert.equal(requests.length, 1);
    assert.equal(request?.socket?.timeout ?? 0, 0);
    response.end('{"offset":1,"count":1,"w":1,"acks":1,"epoch":2}');
    assert.deepEqual(await answer, { offset: 1, count: 1, w: 1, acks: 1, epoch: 2 });
  } finally {
    unsubscribe('http.client.request.start', remember);
    server.closeAllConnections();
    server.close();
  }
});

test('an append is sent once, as it was typed, without a key or timeout that was not asked for', async (t) => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push([method, url, headers['idempotency-key'], headers['rlog-dialect'], Buffer.concat(chunks).toString('utf8')]);
      const problem = { code: 'no-quorum', title: 'Too few', detail: 'one\nline', outcome: 'rejected', retryable: true };
      response.writeHead(503, { 'retry-after': '0' }).end(JSON.stringify(problem));
    });
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const isRefusal = (error: unknown): boolean => error instanceof CliError && /^one\S+line \(no-quorum, rejected\)$/.test(error.message);
  await assert.rejects(append(url, '[1.0, 12345678901234567890]'), isRefusal);
  // What is sent is the time that is left.
  t.mock.method(performance, 'now', () => 1000);
  await assert.rejects(append(url, '1', { w: 2, timeoutMs: 70, idempotencyKey: 'k' }), isRefusal);
  assert.deepEqual(asked, [
    ['POST', '/messages', undefined, 'native', '{"messages":[[1.0, 12345678901234567890]]}'],
    ['POST', '/messages', 'k', 'native', '{"w":2,"timeoutMs":70,"messages":[1]}'],
  ]);
});

test('a wrong argument is reported with the name of its flag, and exit code 2', async () => {
  const url = 'http://127.0.0.1:1';
  const says = (detail: string) => (error: unknown) => error instanceof CliError && error.message === detail && error.exitCode === 2;
  await assert.rejects(
    append(url, '1', { w: 'most' as 'all' }),
    says('--w must be a positive whole number, "majority" or "all", not "most"'),
  );
  await assert.rejects(append(url, '1', { timeoutMs: 0 }), says('--timeout-ms must be a whole number from 1 to 600000, not 0'));
  const soon = 'soon' as unknown as number;
  await assert.rejects(append(url, '1', { timeoutMs: soon }), says('--timeout-ms must be a whole number from 1 to 600000, not "soon"'));
  await assert.rejects(entryTexts(url, { from: soon }).next(), says('--from must be a whole number from 0 on, not "soon"'));
});

test('a node that is down, an answer that is not HTTP and one that is not JSON are one line each', async () => {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/messages') {
      response.write('{"offset":0,"epoch":1,"timestamp":"","message":1}\n{"mess');
      setImmediate(() => response.destroy());
    } else if (request.url === '/health') response.writeHead(404).end('{}');
    else response.writeHead(502).end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (pattern: RegExp) => (error: unknown) => error instanceof CliError && pattern.test(error.message);
  await assert.rejects(append(url), says(/\/messages answered 502, and not with JSON: is it a node of the log\?$/));
  await assert.rejects(healthOf(url), says(/^the node answered 404$/));
  await assert.rejects(textsAt(url), says(/^the answer of http:\/\/127\.0\.0\.1:\d+ broke off$/));
  await assert.rejects(async () => healthOf('ftp://127.0.0.1'), says(/is not a URL like/));
  await assert.rejects(async () => healthOf('127.0.0.1:5000'), says(/is not a URL like/));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(healthOf(url), says(/^no answer from http:\/\/127\.0\.0\.1:\d+\/health: connection refused$/));
});

test('only a change that was sent and not answered is reported as possibly done', async (t) => {
  const server = createServer((request) => request.socket.destroy());
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (pattern: RegExp) => (error: unknown) => error instanceof CliError && pattern.test(error.message);
  await assert.rejects(append(url), says(/: ECONNRESET; it may have been done \(unknown\)$/));
  await assert.rejects(textsAt(url), says(/: ECONNRESET$/));
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(append(url), says(/: connection refused$/));
});

test('a request gives up on a node that says nothing for as long as it allows', async (t) => {
  const server = createServer(() => {});
  t.after(() => server.closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(
    orFail(clientOf(url).status({ silenceMs: 20 })),
    (error) => error instanceof CliError && /^no answer from .*\/health: it said nothing for 20 ms$/.test(error.message),
  );
});

test('the path of the base URL is kept, its password is sent in a header, and no message repeats the password', async () => {
  const asked: (readonly [string | undefined, string | undefined])[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.writeHead(200).end(request.url === '/base/health' ? '{}' : '<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://user:secret@${host}/base/`;
  assert.deepEqual(await healthOf(url), {});
  assert.deepEqual(asked, [['/base/health', `Basic ${Buffer.from('user:secret').toString('base64')}`]]);
  const isSecret = (error: unknown): boolean => error instanceof CliError && !error.message.includes('secret');
  await assert.rejects(textsAt(url), isSecret);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(healthOf(url), isSecret);
  await assert.rejects(async () => healthOf('user:secret@host'), isSecret);
});

test('a wrong URL in a variable is one line that names the variable, and exit code 2', async () => {
  const wrong = {
    RLOG_URL: ['localhost:5000', 'a URL like http://127.0.0.1:5000'],
    MASTER_PORT: ['tcp://10.0.0.1:5000', 'a port from 1 to 65535; RLOG_URL or --url says which node to ask'],
  } as const;
  const before = new Map(Object.keys(wrong).map((variable) => [variable, process.env[variable]]));
  try {
    for (const [variable, [value, what]] of Object.entries(wrong)) {
      process.env[variable] = value;
      const url = defaultUrl({ [variable]: value });
      const isNamed = (error: unknown): boolean =>
        error instanceof CliError && error.exitCode === 2 && error.message === `${variable}: "${value}" is not ${what}`;
      await assert.rejects(healthOf(url), isNamed);
    }
  } finally {
    for (const [variable, value] of before) {
      if (value === undefined) delete process.env[variable];
      else process.env[variable] = value;
    }
  }
  assert.equal(defaultUrl({ MASTER_PORT: '6000' }), 'http://127.0.0.1:6000');
  assert.equal(defaultUrl({ RLOG_URL: '', MASTER_PORT: '' }), 'http://127.0.0.1:5000,http://127.0.0.1:5001,http://127.0.0.1:5002');
});
