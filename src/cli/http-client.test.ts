import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { askOrFail } from './http-client.ts';

test('a node that is down, an answer that is not JSON and a missing answer are one line each; a change that was sent may have been done', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/silent') request.socket.destroy();
    else if (request.url === '/refuses')
      response.writeHead(404).end('{"code":"not-found","title":"T","detail":"d\\ne","outcome":"rejected"}');
    else if (request.url === '/leads-away') response.writeHead(307, { location: '/refuses' }).end('{}');
    else if (request.url === '/breaks') {
      response.write('{"mess');
      setImmediate(() => response.destroy());
    } else response.writeHead(502).end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (pattern: RegExp, exitCode: ExitCode) => (error: unknown) =>
    error instanceof CliError && error.exitCode === exitCode && pattern.test(error.message);
  const { rejected, unknown, unreachable } = exitCodes;
  await assert.rejects(
    askOrFail(url, '/html', { method: 'GET' }),
    says(/\/html answered 502, and not with JSON: is it a node of the log\?$/, unreachable),
  );
  await assert.rejects(
    askOrFail(url, '/breaks', { method: 'GET' }),
    says(/^http:\/\/127\.0\.0\.1:\d+: the connection broke in the middle of the answer$/, unreachable),
  );
  await assert.rejects(askOrFail(url, '/refuses', { method: 'GET' }), says(/^d\S+e \(not-found, rejected\)$/, rejected));
  await assert.rejects(askOrFail(url, '/leads-away', { method: 'DELETE' }), says(/^the node answered 307$/, unreachable));
  await assert.rejects(askOrFail(url, '/silent', { method: 'GET' }), says(/: ECONNRESET$/, unreachable));
  await assert.rejects(askOrFail(url, '/silent', { method: 'DELETE' }), says(/: ECONNRESET; it may have been done \(unknown\)$/, unknown));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(askOrFail(url, '/silent', { method: 'DELETE' }), says(/: connection refused$/, unreachable));
});
