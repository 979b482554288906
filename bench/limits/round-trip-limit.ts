/** How long one frame takes from one process to another and back: no replicated append can be faster. */

import { fileURLToPath } from 'node:url';
import { Histogram } from '../load/histogram.ts';
import { openSocket } from '../load/socket-lane.ts';
import { isListening } from '../systems/bare.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';

const echoPath = fileURLToPath(new URL('./echo-process.ts', import.meta.url));
const warmups = 500;

export async function measureRoundTrip(
  workspace: Workspace,
  { bytes, count }: { readonly bytes: number; readonly count: number },
): Promise<Histogram> {
  const port = await workspace.freePort();
  const echo = workspace.start({ name: 'echo', command: process.execPath, args: [echoPath, String(port)], folder: workspace.folder });
  await waitFor('the echo listens', () => {
    echo.check();
    return isListening(port);
  });
  const latency = new Histogram();
  const done = Promise.withResolvers<void>();
  const frame = Buffer.alloc(bytes, 'f');
  let startedAt = 0;
  let missing = 0;
  let left = count + warmups;
  const send = (): void => {
    missing = bytes;
    startedAt = performance.now();
    socket.write(frame);
  };
  const socket = await openSocket(port, {
    onData: (chunk) => {
      missing -= chunk.length;
      if (missing > 0) return;
      if (left <= count) latency.record((performance.now() - startedAt) * 1000);
      left -= 1;
      if (left === 0) done.resolve();
      else send();
    },
    onClosed: (why) => done.reject(new Error(why)),
  });
  send();
  await done.promise;
  socket.destroy();
  await echo.kill();
  return latency;
}
