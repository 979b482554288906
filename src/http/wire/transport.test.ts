import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { TestAuthority } from '../../../test/support/certificates.ts';
import type { CertificateFiles } from '../../../test/support/certificates.ts';
import { onlyLong } from '../../../test/support/long.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { TlsMaterial } from '../../trust/tls-material.ts';
import { answerHalfClosed } from './half-closed.ts';
import { createTransport, lowestSocket } from './transport.ts';
import type { ServerTls } from './transport.ts';

let authority: TestAuthority;
let own: CertificateFiles;

before(async () => {
  authority = await TestAuthority.make();
  own = await authority.issue('n1');
});

after(() => authority[Symbol.dispose]());

type Kind = 'tls' | 'both';

interface Serving {
  readonly server: Server;
  readonly port: number;
  readonly refused: string[];
  readonly material: TlsMaterial;
}

/** Answers each request with its path, and its body. */
async function serve(context: TestContext, kind: Kind, how: Partial<ServerTls> = {}): Promise<Serving> {
  const material = new TlsMaterial(
    { own, caFile: authority.caFile, isMutual: false },
    { renewed: () => undefined, failed: () => undefined },
    10,
  );
  const refused: string[] = [];
  const tls = {
    material,
    isMutual: false,
    acceptsInsecure: kind === 'both',
    refused: ({ code }: { code: string }) => refused.push(code),
    ...how,
  };
  const server = createTransport({ keepAliveTimeout: 20_000 }, tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(`<${request.url ?? ''} ${Buffer.concat(chunks).toString('latin1')}>`));
  });
  answerHalfClosed(server);
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    material.stop();
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port, refused, material };
}

function dial(port: number, isTls: boolean, options: ConnectionOptions = {}): Socket {
  const socket = isTls
    ? connectTls({ port, host: '127.0.0.1', ca: authority.ca, ...options })
    : connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true });
  return socket.setNoDelay(true);
}

/** What is heard until it ends. @throws if it fails, or does not end */
async function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.setTimeout(20_000, () => socket.destroy(new Error(`nothing more after ${Buffer.concat(chunks).toString('latin1')}`)));
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  socket.destroy();
  return Buffer.concat(chunks).toString('latin1');
}

/** Bodies of answers. */
function bodies(text: string): string[] {
  return [...text.matchAll(/<([^>]*)>/g)].map(([, body = '']) => body);
}

function requests(n: number, count: number): { readonly text: string; readonly expected: readonly string[] } {
  const expected = Array.from({ length: count }, (_, k) => `/${n}/${k} ${k % 2 === 0 ? '' : 'x'.repeat((n * 7919) % 3000)}`);
  const text = expected
    .map((each, k) => {
      const [path = '', body = ''] = each.split(' ');
      const close = k === count - 1 ? 'connection: close\r\n' : '';
      return `${body === '' ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: x\r\n${close}content-length: ${body.length}\r\n\r\n${body}`;
    })
    .join('');
  return { text, expected };
}

const ways = ['at once', 'one by one', 'half-closed', 'first byte alone', 'byte by byte'] as const;

async function send(socket: Socket, text: string, way: (typeof ways)[number]): Promise<void> {
  const write = (piece: string): Promise<void> => new Promise((resolve) => socket.write(piece, 'latin1', () => resolve()));
  if (way === 'half-closed') return void socket.end(text, 'latin1');
  if (way === 'at once') return void socket.write(text, 'latin1');
  const cuts = {
    'one by one': text.split(/(?=GET |POST )/),
    'first byte alone': [text.slice(0, 1), text.slice(1)],
    'byte by byte': [...text.slice(0, 150).split(''), text.slice(150)],
  };
  for (const piece of cuts[way]) await write(piece);
}

/** @returns how many requests were sent, all of which were answered rightly */
async function storm(port: number, connectionCount: number, isTlsToo: boolean): Promise<number> {
  let [next, requestCount] = [0, 0];
  const client = async (): Promise<void> => {
    while (next < connectionCount) {
      const n = next++;
      const isTls = isTlsToo && n % 3 === 0;
      const way = ways[n % ways.length] ?? 'at once';
      const { text, expected } = requests(n, 1 + (n % 4));
      const socket = dial(port, isTls);
      const answer = heard(socket);
      await Promise.all([answer, send(socket, text, way)]);
      assert.deepEqual(bodies(await answer), expected, `${way}, ${isTls ? 'TLS' : 'plain'}, connection ${n}`);
      requestCount += expected.length;
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
  return requestCount;
}

test('on a port that takes both, no request of many connections is lost, plain or over TLS, whole or in single bytes', async (t) => {
  const { port } = await serve(t, 'both');
  assert.equal(await storm(port, 600, true), 1500);
});

test('the same of very many', onlyLong, async (t) => {
  const { port } = await serve(t, 'both');
  assert.equal(await storm(port, 10_000, true), 25_000);
});

/** How a client fares that asks for one thing. */
async function ask(port: number, options: ConnectionOptions): Promise<string> {
  const socket = dial(port, true, options);
  socket.write('GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  try {
    return bodies(await heard(socket)).join();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

test('TLS 1.2 and 1.3 are spoken, and nothing older', async (t) => {
  const { port, refused } = await serve(t, 'tls');
  const only = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions => ({
    minVersion: version,
    maxVersion: version,
    // Without it OpenSSL does not even offer the old one.
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  assert.equal(await ask(port, only('TLSv1.3')), '/a ');
  assert.equal(await ask(port, only('TLSv1.2')), '/a ');
  assert.match(await ask(port, only('TLSv1.1')), /^(EPROTO|ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)$/);
  assert.deepEqual(refused, ['ERR_SSL_UNSUPPORTED_PROTOCOL']);
});

test('with mutual TLS only who shows a certificate of the right authority is served', async (t) => {
  const { port, refused } = await serve(t, 'tls', { isMutual: true });
  using strangers = await TestAuthority.make();
  const client = (files: CertificateFiles): ConnectionOptions => ({ cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) });
  const [mine, theirs] = [client(await authority.issue('client', { hosts: [] })), client(await strangers.issue('client', { hosts: [] }))];
  assert.equal(await ask(port, mine), '/a ');
  assert.equal(await ask(port, {}), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  assert.notEqual(await ask(port, theirs), '/a ');
  assert.notEqual(await ask(port, { maxVersion: 'TLSv1.2' }), '/a ');
  assert.deepEqual(refused, [
    'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
  ]);
  const { port: lenient } = await serve(t, 'both', { isMutual: true });
  for (const shown of [mine, {}, theirs]) assert.equal(await ask(lenient, shown), '/a ');
});

test('who asks in plain HTTP where TLS is spoken is told so', async (t) => {
  const { port, refused } = await serve(t, 'tls');
  const socket = dial(port, false);
  socket.write('POST /messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  const answer = await heard(socket);
  assert.match(answer, /^HTTP\/1\.1 400 .*this port speaks TLS: ask it with https:\/\//s);
  assert.deepEqual(refused, ['ERR_SSL_HTTP_REQUEST']);
});

test('who only looks whether somebody listens is nobody to tell of', async (t) => {
  const { port, refused, server } = await serve(t, 'tls');
  let openCount = 0;
  server.on('connection', (socket: Socket) => {
    openCount += 1;
    socket.once('close', () => (openCount -= 1));
  });
  const socket = dial(port, false);
  await once(socket, 'connect');
  socket.destroy();
  assert.equal(await ask(port, {}), '/a ');
  await waitFor('all is closed', () => openCount === 0);
  assert.deepEqual(refused, []);
});

test('a certificate that was renewed is shown to who comes then, and whoever is there goes on', async (t) => {
  const { port, material } = await serve(t, 'tls');
  const serial = (socket: Socket): string => (socket as TLSSocket).getPeerCertificate().serialNumber;
  const early = dial(port, true);
  await once(early, 'secureConnect');
  const shownBefore = serial(early);
  own = await authority.issue('n1');
  const renewed = new Promise<void>((resolve) => material.onRenewed(resolve));
  await renewed;
  const late = dial(port, true);
  await once(late, 'secureConnect');
  assert.notEqual(serial(late), shownBefore);
  early.write('GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  assert.deepEqual(bodies(await heard(early)), ['/a ']);
  late.destroy();
});

test('the connection below a secure one is found', async (t) => {
  const { port, server } = await serve(t, 'tls');
  const raw = once(server, 'connection') as Promise<[Socket]>;
  const secure = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const socket = dial(port, true);
  const [[below], [above]] = await Promise.all([raw, secure]);
  assert.notEqual(below, above);
  assert.equal(lowestSocket(above), below);
  assert.equal(lowestSocket(below), below);
  socket.destroy();
});
