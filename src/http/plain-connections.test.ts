import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { PlainConnections } from './plain-connections.ts';
import type { Asker } from './quick-append.ts';

/** A server whose plain appends are answered by the test, and everything else at once. */
class TestServer implements AsyncDisposable {
  readonly server: Server;
  readonly connections: PlainConnections;
  readonly asked: { asker: Asker; body: string }[] = [];
  readonly bodyBytesMax = 1000;
  readonly #sockets: Socket[] = [];
  handedOver = 0;

  constructor() {
    this.server = createServer((request, response) => {
      request.resume().on('end', () => response.end(`${request.method ?? ''} ${request.url ?? ''}`));
    });
    this.server.on('connection', () => (this.handedOver += 1));
    this.connections = new PlainConnections(this.server, this);
  }

  append(asker: Asker, body: Buffer): void {
    this.asked.push({ asker, body: body.toString() });
  }

  async connect(): Promise<{ socket: Socket; received: () => string }> {
    if (!this.server.listening) await once(this.server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((this.server.address() as AddressInfo).port, '127.0.0.1');
    this.#sockets.push(socket);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return { socket, received: () => text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connections.close();
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function until(isMet: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isMet()) {
    assert.ok(performance.now() < deadline, 'not in time');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

function post(message: string): string {
  const body = JSON.stringify({ message });
  return `POST /messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const created = { status: 201, contentType: 'application/json', body: { offset: 0 }, more: ['location', '/messages/0'] };

test('plain appends are answered on their connection, and the first other request takes it to the HTTP server', async () => {
  await using server = new TestServer();
  const { socket, received } = await server.connect();
  for (const message of ['one', 'two']) {
    socket.write(post(message));
    await until(() => server.asked.at(-1)?.body === `{"message":"${message}"}`);
    server.asked.at(-1)?.asker.answer(created);
  }
  await until(() => received().split('{"offset":0}').length === 3);
  assert.match(
    received(),
    /^HTTP\/1\.1 201 Created\r\ncontent-type: application\/json\r\ncontent-length: 12\r\nlocation: \/messages\/0\r\n/,
  );
  socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => received().endsWith('GET /health'));
  socket.write(post('three'));
  await until(() => received().endsWith('POST /messages'));
  assert.equal(server.asked.length, 2, 'the HTTP server keeps it');
});

test('what comes before the answer is answered after it, in its order', async () => {
  await using server = new TestServer();
  const { socket, received } = await server.connect();
  socket.write(post('one'));
  await until(() => server.asked.length === 1);
  socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
  socket.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(received(), '');
  server.asked[0]?.asker.answer(created);
  await until(() => received().endsWith('GET /second'));
  assert.match(received(), /\{"offset":0\}HTTP[^]*GET \/first[^]*GET \/second$/);
});

test('a request in pieces, and two in one, are the HTTP server’s', async () => {
  await using server = new TestServer();
  const pieces = await server.connect();
  const request = post('in pieces');
  pieces.socket.write(request.slice(0, 50));
  await until(() => server.handedOver === 1);
  pieces.socket.write(request.slice(50));
  await until(() => pieces.received().endsWith('POST /messages'));
  const two = await server.connect();
  two.socket.write(post('one') + post('two'));
  await until(() => two.received().split('POST /messages').length === 3);
  assert.equal(server.asked.length, 0);
});

test('who goes away is not waited for, whether it hangs up or only stops sending', async () => {
  await using server = new TestServer();
  for (const leave of [(socket: Socket): unknown => socket.destroy(), (socket: Socket): unknown => socket.end()]) {
    const { socket } = await server.connect();
    socket.write(post('one'));
    const count = server.asked.length + 1;
    await until(() => server.asked.length === count);
    let isGone = false;
    server.asked.at(-1)?.asker.whenGone(() => (isGone = true));
    leave(socket);
    await until(() => isGone);
    // Its answer may still come, and is for nobody.
    server.asked.at(-1)?.asker.answer(created);
  }
});

test('when the server closes, idle connections end at once and the others with their answer', async () => {
  await using server = new TestServer();
  const [idle, busy] = [await server.connect(), await server.connect()];
  busy.socket.write(post('one'));
  await until(() => server.asked.length === 1);
  const [idleClosed, busyClosed] = [once(idle.socket, 'close'), once(busy.socket, 'close')];
  server.connections.close();
  await idleClosed;
  server.asked[0]?.asker.answer(created);
  await busyClosed;
  assert.match(busy.received(), /Connection: close\r\n\r\n\{"offset":0\}$/);
});
