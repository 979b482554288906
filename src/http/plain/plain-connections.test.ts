import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { waitFor } from '../../../test/support/wait.ts';
import type { Exchange } from '../append/exchange.ts';
import { answerHalfClosed } from '../wire/half-closed.ts';
import { PendingResponses } from '../wire/pending-responses.ts';
import { PlainConnections } from './plain-connections.ts';

interface Serving {
  readonly port: number;
  readonly answers: PendingResponses;
  readonly plain: PlainConnections;
  /** Bodies of those that were read here, or on the way to node:http. */
  readonly read: string[];
  /** Targets and bodies of what node:http read. */
  readonly served: string[];
  readonly dues: (() => void)[];
  readonly errors: (string | undefined)[];
  /** Of all connections, on this side. */
  readonly sockets: Set<Socket>;
  /** Requests that node:http has begun to read. */
  begunCount: number;
  isTaking: boolean;
}

/** Requests that are read here wait until the test answers them, with their body; node:http answers at once. */
async function serve(context: TestContext, { firstWithinMs = 60_000, keepAliveMs = 60_000 } = {}): Promise<Serving> {
  const answers = new PendingResponses();
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    if (plain.isStandIn(request, response)) return;
    answers.watch(request, response);
    serving.begunCount += 1;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      serving.served.push(`${request.url ?? ''} ${body}`);
      response.end(`<${body}>`);
    });
  });
  answerHalfClosed(server);
  const plain = new PlainConnections(server, {
    answers,
    headersTimeoutMs: firstWithinMs,
    keepAliveMs,
    take: (_head, exchange) => {
      if (!serving.isTaking) return false;
      const connection = answers.of(exchange.socket);
      connection.pendingCount = 1;
      connection.newest = exchange.due;
      let body = '';
      exchange.read(
        (piece) => (body += piece.toString()),
        () => serving.read.push(body),
      );
      serving.dues.push(() => {
        answer(exchange, body, answers.isClosing);
        answers.finished(exchange.socket, connection);
      });
      return true;
    },
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    serving.errors.push(error.code);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const serving: Serving = { port, answers, plain, sockets, read: [], served: [], dues: [], errors: [], begunCount: 0, isTaking: true };
  return serving;
}

function answer(exchange: Exchange, body: string, isLast: boolean): void {
  const text = `(${body})`;
  if (!exchange.isGone) exchange.answer({ status: 201, headers: ['content-length', String(text.length)], text, isLast });
}

interface Client {
  readonly socket: Socket;
  readonly bodies: () => string[];
  readonly heard: () => string;
  readonly isEnded: () => boolean;
}

async function dial(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let heard = '';
  let isEnded = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  socket.once('end', () => (isEnded = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, heard: () => heard, isEnded: () => isEnded, bodies: () => heard.match(/<.*?>|\(.*?\)/g) ?? [] };
}

function post(body: string, more = ''): string {
  return `POST /messages HTTP/1.1\r\ncontent-type: application/json\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
}

const unlisted = 'x-unlisted: 1\r\n';

function readBytes({ sockets }: Serving): number {
  return [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
}

async function answerAll({ dues }: Serving, count: number): Promise<void> {
  await waitFor(`${count} are read`, () => dues.length >= count);
  for (const each of dues.splice(0)) each();
}

test('plain requests are read one after the other, whole or with a body in pieces', async (context) => {
  const serving = await serve(context);
  const { socket, bodies, heard } = await dial(serving.port);
  socket.write(post('{"a":1}'));
  await answerAll(serving, 1);
  const split = post('{"b":22222}');
  for (const piece of [split.slice(0, -8), split.slice(-8, -3), split.slice(-3)]) {
    const before = readBytes(serving);
    socket.write(piece);
    await waitFor('it is read', () => readBytes(serving) === before + piece.length);
  }
  await answerAll(serving, 1);
  await waitFor('both are answered', () => bodies().length === 2);
  assert.deepEqual(bodies(), ['({"a":1})', '({"b":22222})']);
  assert.deepEqual(serving.served, []);
  assert.match(
    heard(),
    /^HTTP\/1\.1 201 Created\r\ncontent-length: 9\r\nDate: [^\r]+ GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n/,
  );
});

test('what is not plain, or is refused here, is read by node:http from its first byte on, and so is all that follows', async (context) => {
  const serving = await serve(context);
  const { socket, bodies } = await dial(serving.port);
  socket.write(post('{"a":1}'));
  await answerAll(serving, 1);
  await waitFor('it is answered', () => bodies().length === 1);
  socket.write(post('{"b":1}', unlisted));
  await waitFor('it is answered', () => bodies().length === 2);
  socket.write(post('{"c":1}'));
  await waitFor('it is answered', () => bodies().length === 3);
  assert.deepEqual(serving.served, ['/messages {"b":1}', '/messages {"c":1}']);
  serving.isTaking = false;
  const other = await dial(serving.port);
  other.socket.write(post('{"d":1}'));
  await waitFor('it is answered', () => other.bodies().length === 1);
  assert.deepEqual(serving.served.at(-1), '/messages {"d":1}');
});

test('requests that come together are read by node:http, all of them', async (context) => {
  const serving = await serve(context);
  const { socket, bodies } = await dial(serving.port);
  socket.write(['{"a":1}', '{"b":1}', '{"c":1}'].map((body) => post(body)).join(''));
  await waitFor('all are answered', () => bodies().length === 3);
  assert.deepEqual(bodies(), ['<{"a":1}>', '<{"b":1}>', '<{"c":1}>']);
  assert.deepEqual(serving.read, []);
});

test('requests behind one that is not answered yet are answered after it', async (context) => {
  const serving = await serve(context);
  const { socket, bodies } = await dial(serving.port);
  socket.write(post('{"a":1}'));
  await waitFor('it is read', () => serving.dues.length === 1);
  socket.write(post('{"b":1}') + post('{"c":1}'));
  await waitFor('they are read', () => serving.served.length === 2);
  assert.deepEqual(bodies(), []);
  await answerAll(serving, 1);
  await waitFor('all are answered', () => bodies().length === 3);
  assert.deepEqual(bodies(), ['({"a":1})', '<{"b":1}>', '<{"c":1}>']);
  socket.write(post('{"d":1}'));
  await waitFor('the next one, too', () => bodies().length === 4);
  assert.deepEqual(serving.served, ['/messages {"b":1}', '/messages {"c":1}', '/messages {"d":1}']);
});

test('a body that is late, or breaks off, is for node:http', async (context) => {
  const serving = await serve(context);
  const late = await dial(serving.port);
  const request = post('{"a":1}');
  late.socket.write(request.slice(0, -2));
  await waitFor('node:http has it', () => serving.begunCount === 1);
  late.socket.write(request.slice(-2));
  await waitFor('it is answered', () => late.bodies().length === 1);
  assert.deepEqual(serving.served, ['/messages {"a":1}']);
  const brokenOff = await dial(serving.port);
  brokenOff.socket.end(request.slice(0, -2));
  await waitFor('the error is told', () => serving.errors.length === 1);
  assert.deepEqual([serving.errors, serving.read], [['HPE_INVALID_EOF_STATE'], []]);
});

test('a client that closes its side gets its answer before this side is closed, and one that is owed none hears the end at once', async (context) => {
  const serving = await serve(context);
  const waiting = await dial(serving.port);
  waiting.socket.end(post('{"a":1}'));
  await waitFor('it is read', () => serving.dues.length === 1);
  await waitFor('it is half-closed', () => [...serving.sockets].every(({ readableEnded }) => readableEnded));
  await answerAll(serving, 1);
  await waitFor('it is closed', () => waiting.isEnded());
  assert.deepEqual(waiting.bodies(), ['({"a":1})']);
  const idle = await dial(serving.port);
  idle.socket.end();
  await waitFor('it is closed', () => idle.isEnded());
  assert.equal(idle.heard(), '');
});

test('a server that closes gives last answers, closes idle connections, and leaves alone those on which a request has begun', async (context) => {
  const serving = await serve(context);
  const [idle, waiting, begun, fresh] = [
    await dial(serving.port),
    await dial(serving.port),
    await dial(serving.port),
    await dial(serving.port),
  ];
  for (const each of [idle, begun]) {
    each.socket.write(post('{"a":1}'));
    await answerAll(serving, 1);
    await waitFor('it is answered', () => each.bodies().length === 1);
  }
  waiting.socket.write(post('{"b":1}'));
  const request = post('{"c":1}');
  begun.socket.write(request.slice(0, -2));
  await waitFor('one is read', () => serving.dues.length === 1);
  serving.answers.close();
  serving.plain.closeIdle();
  await waitFor('the idle one is closed', () => idle.isEnded());
  assert.deepEqual([waiting.isEnded(), begun.isEnded(), fresh.isEnded()], [false, false, false]);
  begun.socket.write(request.slice(-2));
  fresh.socket.write(post('{"d":1}'));
  await answerAll(serving, 3);
  for (const each of [waiting, begun, fresh]) {
    await waitFor('it is closed', () => each.isEnded());
    assert.match(each.heard(), /Connection: close\r\n\r\n[^\r]*$/);
  }
});

test('what arrives after the last answer is read and dropped, so that the answer arrives', async (context) => {
  const serving = await serve(context);
  serving.answers.close();
  const { socket, bodies, isEnded } = await dial(serving.port);
  let isReset = false;
  socket.on('error', () => (isReset = true));
  socket.write(post('{"a":1}'));
  await answerAll(serving, 1);
  socket.write(post('{"b":1}'));
  await waitFor('it is closed', () => isEnded());
  socket.end();
  await waitFor('this side, too', () => socket.closed);
  assert.deepEqual([bodies(), isReset, serving.read, serving.served], [['({"a":1})'], false, ['{"a":1}'], []]);
});

test('who says nothing is told so after a while, and a connection that was asked is kept for as long as it says', async (context) => {
  const serving = await serve(context, { firstWithinMs: 30, keepAliveMs: 1 });
  const silent = await dial(serving.port);
  await waitFor('it is told', () => serving.errors.length === 1);
  await waitFor('it is closed', () => silent.isEnded());
  assert.deepEqual(serving.errors, ['ERR_HTTP_REQUEST_TIMEOUT']);
  const kept = await dial(serving.port);
  kept.socket.write(post('{"a":1}'));
  await waitFor('it is read', () => serving.dues.length === 1);
  const begunAt = performance.now();
  await answerAll(serving, 1);
  await waitFor('it is closed', () => kept.isEnded());
  assert.ok(performance.now() - begunAt > 900);
  assert.equal(serving.errors.length, 1);
});
