/**
 * The process of `receive-limit.ts`: receives frames (length, CRC-32, bytes), checks each, and writes and flushes what it
 * has checked, each time everything that was checked meanwhile. Answers once it has flushed that many bytes of frames.
 */

import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { FrameCheck } from './frame-check.ts';

const [portText = '', path = '', totalText = ''] = process.argv.slice(2);
const totalBytes = Number(totalText);
/** What may wait for its flush. */
const waitingBytesMax = 4 * 1024 * 1024;

async function take(socket: Socket): Promise<void> {
  const check = new FrameCheck();
  let pieces: Buffer[] = [];
  let waitingBytes = 0;
  let flushedBytes = 0;
  socket.on('data', (chunk) => {
    check.push(chunk);
    pieces.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes > waitingBytesMax) socket.pause();
  });
  while (flushedBytes < totalBytes) {
    if (pieces.length === 0) {
      await once(socket, 'data');
      continue;
    }
    const checked = pieces;
    pieces = [];
    flushedBytes += waitingBytes;
    waitingBytes = 0;
    socket.resume();
    await file.writev(checked);
    await file.datasync();
  }
  check.end();
  socket.write('d');
}

const file = await open(path, 'w');
createServer((socket) => {
  socket.on('error', () => socket.destroy());
  void take(socket).catch((error: unknown) => {
    // The connection ended early: that of whoever looked whether this listens, or it is told by the sender.
    if (!socket.destroyed) throw error;
  });
}).listen(Number(portText), '127.0.0.1');
