import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { ClientRequest, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CliError } from './cli-error.ts';
import { defaultUrl } from '../config/node-url.ts';
import { ask, askOrFail } from './http-client.ts';

test('an answer is waited for as long as it takes: no timer runs once the node is connected', async (t) => {
  const waiting = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => waiting.resolve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const requests: ClientRequest[] = [];
  const remember = (message: unknown): number => requests.push((message as { readonly request: ClientRequest }).request);
  subscribe('http.client.request.start', remember);
  // Time runs on while the node takes its own: were anything bounded by it, it would end now.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const answer = ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, '/messages');
    const response = await waiting.promise;
    t.mock.timers.tick(24 * 3600 * 1000);
    const [request] = requests;
    assert.equal(requests.length, 1);
    assert.equal(request?.socket?.timeout ?? 0, 0);
    response.end('{"offset":1}');
    assert.deepEqual(await answer, { status: 200, json: { offset: 1 } });
  } finally {
    unsubscribe('http.client.request.start', remember);
    server.closeAllConnections();
    server.close();
  }
});

test('what is not there, not HTTP or not JSON is one line', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/breaks') {
      response.write('{"mess');
      setImmediate(() => response.destroy());
    } else response.writeHead(502).end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (pattern: RegExp) => (error: unknown) => error instanceof CliError && pattern.test(error.message);
  await assert.rejects(askOrFail(url, '/html'), says(/answered 502, and not with JSON/));
  await assert.rejects(askOrFail(url, '/breaks'), says(/broke off in the middle/));
  await assert.rejects(askOrFail('ftp://127.0.0.1', '/'), says(/is not a URL like/));
  await assert.rejects(askOrFail('127.0.0.1:5000', '/'), says(/is not a URL like/));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(askOrFail(url, '/health'), says(/connection refused/));
});

test('of a change that was sent and not answered it is said that it may have been done, and of no other', async (t) => {
  const server = createServer((request) => request.socket.destroy());
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (pattern: RegExp) => (error: unknown) => error instanceof CliError && pattern.test(error.message);
  const sent = { method: 'POST', body: '"x"' } as const;
  await assert.rejects(askOrFail(url, '/messages', sent), says(/: ECONNRESET; it may have been done \(unknown\)$/));
  await assert.rejects(askOrFail(url, '/messages'), says(/: ECONNRESET$/));
  const unsendable = askOrFail(url, '/messages', { ...sent, headers: { 'idempotency-key': 'a\nb' } });
  await assert.rejects(unsendable, says(/^it cannot be sent: .*\["idempotency-key"\]$/));
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(askOrFail(url, '/messages', sent), says(/: connection refused$/));
});

test('what a node answers at once is not waited for at one that is paused', async (t) => {
  const server = createServer(() => {});
  t.after(() => server.closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(
    askOrFail(url, '/health', { silentMsMax: 20 }),
    (error) => error instanceof CliError && /^no answer from .*\/health: it said nothing for 20 ms$/.test(error.message),
  );
});

test('a path of the base URL is kept, its password goes into a header, and no message repeats it', async () => {
  const asked: (readonly [string | undefined, string | undefined])[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.writeHead(200).end(request.url === '/base/health' ? '{}' : '<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://user:secret@${host}/base/`;
  assert.deepEqual(await askOrFail(url, '/health'), {});
  assert.deepEqual(asked, [['/base/health', `Basic ${Buffer.from('user:secret').toString('base64')}`]]);
  const isSecret = (error: unknown): boolean => error instanceof CliError && !error.message.includes('secret');
  await assert.rejects(askOrFail(url, '/messages'), isSecret);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(askOrFail(url, '/health'), isSecret);
  await assert.rejects(askOrFail('user:secret@host', '/health'), isSecret);
});

test('a node that a variable names wrongly is one line with the name of the variable, and exit code 2', async () => {
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
      await assert.rejects(askOrFail(url, '/health'), isNamed);
    }
  } finally {
    for (const [variable, value] of before) {
      if (value === undefined) delete process.env[variable];
      else process.env[variable] = value;
    }
  }
  assert.equal(defaultUrl({ MASTER_PORT: '6000' }), 'http://127.0.0.1:6000');
  assert.equal(defaultUrl({ RLOG_URL: '', MASTER_PORT: '' }), 'http://127.0.0.1:5000');
});
