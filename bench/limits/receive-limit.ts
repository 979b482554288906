/** What one process can take in: it receives the bytes of a log over loopback, checks, writes and flushes them, and does nothing else. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isListening } from '../systems/bare.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import { frameOf } from './frame-check.ts';

const processPath = fileURLToPath(new URL('./receive-process.ts', import.meta.url));
const pieceBytes = 1024 * 1024;

/** @returns bytes per second */
export async function measureReceiving(workspace: Workspace, bytes: number): Promise<number> {
  const pieces = Math.ceil(bytes / pieceBytes);
  // Filled like messages: zeros might be written in less time.
  const frame = frameOf(Buffer.alloc(pieceBytes, 'received, checked, written and flushed '));
  const folder = workspace.makeFolder('receive-limit');
  const port = await workspace.freePort();
  const receiver = workspace.start({
    name: 'receiver',
    command: process.execPath,
    args: [processPath, String(port), join(folder, 'bytes'), String(pieces * frame.length)],
    folder,
  });
  await waitFor('the receiver of the limit listens', () => {
    receiver.check();
    return isListening(port);
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const done = once(socket, 'data');
  const failed = receiver.exited().then((how) => Promise.reject(new Error(`the receiver ended (${how}):\n${receiver.outputTail()}`)));
  // Whichever is not waited for at that moment must not become an unhandled rejection.
  for (const end of [done, failed]) end.catch(() => undefined);
  const startedAt = performance.now();
  for (let sent = 0; sent < pieces; sent += 1) {
    if (!socket.write(frame)) await Promise.race([once(socket, 'drain'), failed]);
  }
  await Promise.race([done, failed]);
  const ms = performance.now() - startedAt;
  socket.destroy();
  await receiver.kill();
  workspace.removeFolder(folder);
  return (pieces * pieceBytes * 1000) / ms;
}
