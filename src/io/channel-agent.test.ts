import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { problems } from '../api/problems.ts';
import type { ProblemCode } from '../api/problems.ts';
import { ClusterSecrets } from '../trust/cluster-secrets.ts';
import { ChannelAgent } from './channel-agent.ts';
import { httpRequest } from './http-request.ts';

/** What a request came to, at a node that refuses an upgrade like this. @param code - `undefined`: as a server that knows of none */
async function askedAt(code: ProblemCode | undefined, { acceptsInsecure }: { readonly acceptsInsecure: boolean }): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(204).end());
  const status = code === undefined ? 404 : problems[code].status;
  const body = code === undefined ? '' : JSON.stringify({ code, detail: 'not now' });
  server.on('upgrade', (_request, socket) => socket.end(`HTTP/1.1 ${status} -\r\ncontent-length: ${body.length}\r\n\r\n${body}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const secrets = await ClusterSecrets.of(['0123456789abcdef']);
  const agent = new ChannelAgent({ addressOf: (url) => url, secrets, acceptsInsecure });
  try {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`);
    const answer = await httpRequest(url, { method: 'GET', headers: {}, agent });
    answer.resume();
    return `plain ${answer.statusCode}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    agent.destroy();
    server.close();
  }
}

test('while a secret is taken up, a node that has none yet is asked without proof, and afterwards it is not asked', async () => {
  for (const code of ['unknown-protocol', undefined] as const) {
    assert.equal(await askedAt(code, { acceptsInsecure: true }), 'plain 204');
    assert.match(await askedAt(code, { acceptsInsecure: false }), /not now|answered 404/);
  }
});

test('while a secret is taken up, a node that has one is not asked without proof: not when it stops, nor when it has another', async () => {
  for (const code of ['shutting-down', 'proof-required'] as const) assert.equal(await askedAt(code, { acceptsInsecure: true }), 'not now');
});
