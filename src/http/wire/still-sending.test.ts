import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { answerWhileSending } from './still-sending.ts';
import type { PassingOverLimits } from './still-sending.ts';

const generous: PassingOverLimits = { bytesMax: 1e9, silenceMs: 10_000, totalMs: 10_000 };

/** A server that refuses every request before reading its body. */
async function refusing(limits: PassingOverLimits): Promise<{ readonly connected: () => Promise<Socket>; readonly close: () => void }> {
  const server = createServer((request, response) => {
    answerWhileSending(request, response, { status: 413, headers: { 'content-type': 'text/plain' }, text: 'too large' }, limits);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    connected: async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      return socket;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const head = (headers: string): string => `POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`;

/** Everything that arrives until the connection closes. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('a client that reads nothing before it has sent everything gets the refusal, with a length or in chunks', async () => {
  const { connected, close } = await refusing(generous);
  const piece = Buffer.alloc(8_000_000, 'a');
  const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  const ways = [
    [head(`content-length: ${4 * piece.length}`), piece, ''],
    [head('transfer-encoding: chunked'), chunk, '0\r\n\r\n'],
  ] as const;
  for (const [begin, each, last] of ways) {
    const socket = await connected();
    socket.pause();
    socket.write(begin);
    for (let n = 0; n < 4; n += 1) await new Promise((resolve) => socket.write(each, resolve));
    socket.write(last);
    assert.match(await heard(socket), /^HTTP\/1\.1 413 [^]*connection: close[^]*too large$/i);
  }
  close();
});

test('a client that sends for ever, or stops sending, is disconnected in the end', async () => {
  for (const limits of [
    { ...generous, bytesMax: 1_000_000 },
    { ...generous, silenceMs: 20 },
    { ...generous, totalMs: 20 },
  ]) {
    const { connected, close } = await refusing(limits);
    const socket = await connected();
    // The connection may be reset while the client is sending.
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(head('content-length: 900000000'));
    const isFlooding = limits.bytesMax < generous.bytesMax;
    const flood = (): void => {
      while (isFlooding && !socket.destroyed && socket.write(Buffer.alloc(100_000)));
    };
    socket.on('drain', flood);
    flood();
    await new Promise((resolve) => socket.once('close', resolve));
    close();
  }
});
