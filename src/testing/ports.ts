/**
 * Ports for nodes of tests. They are below those that the kernel gives to outgoing connections, so a node that is down for a while
 * finds its port free when it comes back.
 */

import { createServer } from 'node:net';

const lowest = 10_000;
const count = 20_000;

/** Of this process: a node that is down keeps its port. */
const taken = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens, and which is not given again until it is given back. */
export async function takePort(): Promise<number> {
  // Other processes look for ports as well, so each begins somewhere else.
  const first = Math.floor(Math.random() * count);
  for (let n = 0; n < count; n += 1) {
    const port = lowest + ((first + n) % count);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
    taken.delete(port);
  }
  throw new Error(`no port from ${lowest} to ${lowest + count - 1} is free`);
}

export function giveBack(port: number): void {
  taken.delete(port);
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}
