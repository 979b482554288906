import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ConnectionLimit } from './connection-limit.ts';
import { PendingResponses } from '../wire/pending-responses.ts';

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

interface Limited {
  readonly dial: () => Promise<Client>;
  readonly waiting: ServerResponse[];
  readonly refused: string[];
}

/** A server with at most ten connections. A request for `/wait` is not answered. @param address - from where all callers seem to come */
async function limited(
  context: TestContext,
  { address, perAddressMax = 10 }: { address?: string; perAddressMax?: number } = {},
): Promise<Limited> {
  const answers = new PendingResponses();
  const refused: string[] = [];
  const limit = new ConnectionLimit({ max: 10, perAddressMax, refused: (name) => refused.push(name) });
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (limit.refuses(request, response)) return;
    answers.watch(request, response);
    if (request.url === '/wait') waiting.push(response);
    else response.end('yes');
  });
  server.on('upgrade', (request, socket) => {
    limit.isStream(request.socket);
    if (request.headers['rlog-proof'] !== undefined) limit.isProven(request.socket);
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  if (address !== undefined) server.on('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: address }));
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
  return { dial, waiting, refused };
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
  let served = 0;
  const deadline = performance.now() + 20_000;
  // After a search for idle connections that was slow and found none, the next one waits: then it is refused again.
  while (served < 5 && performance.now() < deadline) {
    const later = await dial();
    ask(later, '/');
    await until('it is answered, or told to come again', () => later.heard.includes('200 OK') || later.socket.closed);
    if (later.heard.includes('200 OK')) served += 1;
  }
  assert.equal(served, 5, 'there is room for new ones again');
  assert.equal(node.socket.closed, false, 'a stream is never idle');
});

test('beyond what one address may have, a new connection is told so or closed, and others are served', async (context) => {
  const { dial, waiting, refused } = await limited(context, { address: '10.0.0.1', perAddressMax: 4 });
  const busy: Client[] = [];
  for (let n = 0; n < 4; n += 1) busy.push(await dial());
  for (const client of busy) ask(client, '/wait');
  await until('all are at work', () => waiting.length === 4);
  const told = await dial();
  ask(told, '/');
  await until('it hears it', () => told.socket.closed);
  assert.match(told.heard, /^HTTP\/1.1 429 [^]*retry-after: 5[^]*"too-many-connections"/);
  // One waits to be told, as many as a quarter of the limit; the next is closed without a word.
  const silent = await dial();
  const beyond = await dial();
  await until('the last one is closed', () => beyond.socket.closed);
  assert.deepEqual([beyond.heard, silent.socket.closed], ['', false]);
  await until('who asks nothing is closed, too', () => silent.socket.closed);
  assert.deepEqual(
    refused,
    Array.from({ length: 3 }, () => 'CONNECTIONS_PER_ADDRESS_MAX'),
  );
  assert.ok(busy.every(({ socket }) => !socket.closed));
  for (const response of waiting) response.end();
});

test('a connection on which the secret was proved does not count for its address', async (context) => {
  const { dial } = await limited(context, { address: '10.0.0.1', perAddressMax: 2 });
  for (let n = 0; n < 6; n += 1) {
    const node = await dial();
    ask(node, '/replicate', 'connection: upgrade\r\nupgrade: rlog/1\r\nrlog-proof: x\r\n');
    await until('it is taken', () => node.heard.includes('101 Switching'));
  }
  const client = await dial();
  ask(client, '/');
  await until('a client of that address is answered', () => client.heard.includes('200 OK'));
});

test('programs of this machine may have as many connections as there are', async (context) => {
  const { dial, refused } = await limited(context, { perAddressMax: 2 });
  for (let n = 0; n < 9; n += 1) {
    const client = await dial();
    ask(client, '/');
    await until('it is answered', () => client.heard.includes('200 OK'));
  }
  assert.deepEqual(refused, []);
});
