/** The limits of copying a log: the disk that it is written to, and the loopback that it comes over. */

import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isListening } from '../systems/bare.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';

const sinkPath = fileURLToPath(new URL('./sink-process.ts', import.meta.url));
const pieceBytes = 1024 * 1024;

/** @returns bytes per second, flushed after each MiB */
export async function measureDisk(workspace: Workspace, bytes: number): Promise<number> {
  const folder = workspace.makeFolder('disk-limit');
  const file = await open(join(folder, 'bytes'), 'w');
  const piece = Buffer.alloc(pieceBytes, 'written ');
  const startedAt = performance.now();
  for (let written = 0; written < bytes; written += pieceBytes) {
    await file.write(piece);
    await file.datasync();
  }
  const ms = performance.now() - startedAt;
  await file.close();
  workspace.removeFolder(folder);
  return (bytes / ms) * 1000;
}

/** @returns bytes per second from one process to another */
export async function measureLoopback(workspace: Workspace, bytes: number): Promise<number> {
  const port = await workspace.freePort();
  const total = Math.ceil(bytes / pieceBytes) * pieceBytes;
  const sink = workspace.start({
    name: 'sink',
    command: process.execPath,
    args: [sinkPath, String(port), String(total)],
    folder: workspace.folder,
  });
  await waitFor('the sink listens', () => {
    sink.check();
    return isListening(port);
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const done = once(socket, 'data');
  const piece = Buffer.alloc(pieceBytes, 'sent ');
  const startedAt = performance.now();
  for (let sent = 0; sent < total; sent += pieceBytes) {
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  await done;
  const ms = performance.now() - startedAt;
  socket.destroy();
  await sink.kill();
  return (total / ms) * 1000;
}
