import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ListedNode } from './node-directory.ts';
import { watchSilentNode } from './silent-node.ts';

const limits = { checkEveryMs: 10, answerWithinMs: 200 };

async function node(answer: RequestListener): Promise<{ readonly node: ListedNode; readonly server: Server } & Disposable> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    node: { id: 'n1', url, address: url },
    server,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a node that takes connections but sends nothing is given up', async () => {
  using paused = await node(() => undefined);
  const why = await new Promise<Error>((resolve) => watchSilentNode(paused.node, { self: null }, resolve, limits));
  assert.match(why.message, /nothing was heard from it for 210 ms/);
});

test('the wait goes on while the node answers a health check, or refuses more connections', async () => {
  let asked = 0;
  const enough = Promise.withResolvers<void>();
  using waits = await node((request, response) => {
    asked += 1;
    if (asked === 4) enough.resolve();
    if (asked % 2 === 0) request.socket.resetAndDestroy();
    else response.writeHead(503).end('{}');
  });
  let isGivenUp = false;
  const answered = watchSilentNode(waits.node, { self: null }, () => (isGivenUp = true), limits);
  await enough.promise;
  answered();
  assert.equal(isGivenUp, false);
});
