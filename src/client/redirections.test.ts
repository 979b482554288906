import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { patientFetch } from '../cli/patient-fetch.ts';
import { LogClient, ProblemError } from './index.ts';

test('a node that leads elsewhere is not followed: neither message nor password goes to another place', async () => {
  const led: string[] = [];
  const elsewhere = createServer((request, response) => {
    led.push(`${request.method} ${request.url}`);
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"offset":0,"w":1,"acks":1,"epoch":1}');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const away = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const node = createServer((request, response) => {
    request.resume();
    response.writeHead(307, { location: `${away}${request.url}` }).end();
  }).listen(0, '127.0.0.1');
  await once(node, 'listening');
  const url = `http://reader:secret@127.0.0.1:${(node.address() as AddressInfo).port}`;
  for (const fetch of [globalThis.fetch, patientFetch]) {
    const client = new LogClient({ urls: url, retry: false, fetch });
    await assert.rejects(client.append('secret', { w: 1 }), ProblemError);
    await assert.rejects(client.status(), ProblemError);
    await assert.rejects(async () => {
      for await (const _ of client.follow({})) break;
    }, ProblemError);
  }
  assert.deepEqual(led, []);
  for (const server of [node, elsewhere]) {
    server.closeAllConnections();
    server.close();
  }
});
