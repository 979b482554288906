/**
 * One of the three processes of `replication-limit.ts`. A follower writes and flushes what it receives, each time everything
 * that has arrived meanwhile; the leader writes and flushes pieces and sends each to both followers. No framing, no
 * checksums, and no acknowledgement except the last one.
 */

import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

const [role = '', path = '', bytesText = '', ...portTexts] = process.argv.slice(2);
const totalBytes = Number(bytesText);
const ports = portTexts.map(Number);
const pieceBytes = 1024 * 1024;

async function follow(port: number): Promise<void> {
  const file = await open(path, 'w');
  const server = createServer((socket) => void take(socket));
  server.listen(port, '127.0.0.1');

  async function take(socket: Socket): Promise<void> {
    let pieces: Buffer[] = [];
    let pendingBytes = 0;
    let writtenBytes = 0;
    socket.on('data', (chunk) => {
      pieces.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes > 4 * pieceBytes) socket.pause();
    });
    while (writtenBytes < totalBytes) {
      if (pieces.length === 0) {
        await once(socket, 'data');
        continue;
      }
      const batch = pieces;
      pieces = [];
      writtenBytes += pendingBytes;
      pendingBytes = 0;
      socket.resume();
      await file.writev(batch);
      await file.datasync();
    }
    socket.write('d');
  }
}

async function lead(): Promise<void> {
  const file = await open(path, 'w');
  const sockets = await Promise.all(
    ports.map(async (port) => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );
  const done = Promise.all(sockets.map((socket) => once(socket, 'data')));
  const piece = Buffer.alloc(pieceBytes, 'replicated ');
  const startedAt = performance.now();
  for (let sent = 0; sent < totalBytes; sent += pieceBytes) {
    const waits: Promise<unknown>[] = sockets.filter((socket) => !socket.write(piece)).map((socket) => once(socket, 'drain'));
    await file.write(piece);
    await file.datasync();
    await Promise.all(waits);
  }
  await done;
  process.send?.({ ms: performance.now() - startedAt });
}

await (role === 'leader' ? lead() : follow(ports[0] ?? 0));
process.on('disconnect', () => process.exit());
