/**
 * Ports for the nodes of one test process. They are below those that the kernel gives to outgoing connections, and no two
 * test processes have the same: a node that is down for a while keeps its port, and no node of another test ever answers
 * there.
 */

import { createServer } from 'node:net';
import type { Server } from 'node:net';

const lowestPort = 10_000;
const rangeCount = 400;
const portsPerRange = 50;

let first: Promise<number> | undefined;
let portCount = 0;

/** A port on which nothing listens now. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  first ??= ownRange();
  const firstPort = await first;
  for (;;) {
    const port = firstPort + (portCount++ % (portsPerRange - 1));
    const probe = await listen(host, port);
    if (probe === undefined) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** The first of that many consecutive ports on which nothing listens now. */
export async function freePortRow(count: number): Promise<number> {
  for (let start = await freePort(); ; start = await freePort()) {
    const others: number[] = [];
    for (let n = 1; n < count; n += 1) others.push(await freePort());
    if (others.every((port, index) => port === start + 1 + index)) return start;
  }
}

/**
 * The process that listens on the last port of a range has the whole range, for as long as it lives. The pid only decides
 * where the search begins: two processes may begin at the same range.
 * @returns the first port of the range
 */
async function ownRange(): Promise<number> {
  for (let n = 0; n < rangeCount; n += 1) {
    const start = lowestPort + ((process.pid + n) % rangeCount) * portsPerRange;
    const guard = await listen('127.0.0.1', start + portsPerRange - 1);
    if (guard === undefined) continue;
    guard.unref();
    return start;
  }
  throw new Error('no range of ports is free');
}

/** @returns `undefined` if something listens there already */
async function listen(host: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => resolve(true));
  });
  return isListening ? server : undefined;
}
