import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ConnectionLimit } from './connection-limit.ts';
import { PendingResponses } from './pending-responses.ts';

interface Client {
  readonly socket: Socket;
  heard: string;
}

async function until(what: string, isMet: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !isMet(); ) {
    assert.ok(performance.now() < deadline, what);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A server with at most ten connections. A request for `/wait` is not answered. */
async function limited(context: TestContext): Promise<{ readonly dial: () => Promise<Client>; readonly waiting: ServerResponse[] }> {
  const answers = new PendingResponses();
  const limit = new ConnectionLimit(10);
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (limit.refuses(request, response)) return;
    answers.watch(request, response);
    if (request.url === '/wait') waiting.push(response);
    else response.end('yes');
  });
  server.on('upgrade', (request, socket) => {
    limit.isStream(request.socket);
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  limit.watch(server, answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients: Client[] = [];
  context.after(() => {
    for (const { socket } of clients) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const dial = async (): Promise<Client> => {
    const socket = connect(port, '127.0.0.1');
    const client = { socket, heard: '' };
    clients.push(client);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (client.heard += bytes.toString('latin1')));
    await new Promise((resolve) => socket.once('connect', resolve));
    return client;
  };
  return { dial, waiting };
}

const ask = ({ socket }: Client, path: string, headers = ''): void => {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
};

test('the connections that have been idle longest are closed to make room', async (context) => {
  const { dial } = await limited(context);
  const idle: Client[] = [];
  for (let n = 0; n < 10; n += 1) idle.push(await dial());
  const [first, second] = idle;
  assert.ok(first !== undefined && second !== undefined);
  const moment = Date.now();
  await until('a moment is over', () => Date.now() > moment + 2);
  ask(first, '/');
  await until('it is answered', () => first.heard.endsWith('yes'));
  const another = await dial();
  ask(another, '/');
  await until('it is answered, too', () => another.heard.includes('200 OK'));
  await until('one is closed', () => idle.some(({ socket }) => socket.closed));
  assert.deepEqual([idle.filter(({ socket }) => socket.closed).length, first.socket.closed], [1, false]);
});

test('while all connections are in use a new one is told so, and a stream of another node is accepted', async (context) => {
  const { dial, waiting } = await limited(context);
  for (let n = 0; n < 10; n += 1) ask(await dial(), '/wait');
  await until('all are at work', () => waiting.length === 10);
  const refused = await dial();
  ask(refused, '/');
  await until('it hears it', () => refused.heard.includes('"overloaded"') && refused.socket.closed);
  assert.match(refused.heard, /^HTTP\/1.1 503 [^]*retry-after: 1/);
  // A browser's `EventSource` would never ask again.
  const follower = await dial();
  ask(follower, '/messages', 'accept: text/event-stream\r\n');
  await until('it hears it', () => follower.socket.closed);
  assert.match(follower.heard, /^HTTP\/1.1 200 [^]*retry: \d{4}\n\nevent: end\ndata: [^\n]*"overloaded"/);
  const node = await dial();
  ask(node, '/replicate', 'connection: upgrade\r\nupgrade: rlog/1\r\n');
  await until('it is taken', () => node.heard.includes('101 Switching'));
  for (const response of waiting) response.end();
  await until('there is room again', () => waiting.every((response) => response.writableFinished));
  for (let n = 0; n < 5; n += 1) {
    const later = await dial();
    ask(later, '/');
    await until('it is answered', () => later.heard.includes('200 OK'));
  }
  assert.equal(node.socket.closed, false, 'a stream is never idle');
});
