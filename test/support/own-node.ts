/** A node in the process of its test, with its log in memory, and the server on which it is asked. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { startNode } from '../../src/start-node.ts';
import { exchange } from './api.ts';
import { freePort } from './ports.ts';
import { waitFor } from './wait.ts';

export interface OwnNode {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly stop: () => Promise<void>;
}

const requestBegins = 'http.server.request.start';

/** One that leads, alone. */
export async function startOwnNode(env: Readonly<Record<string, string>> = {}): Promise<OwnNode> {
  const port = await freePort();
  const config = loadConfig('master', { env: { MEMORY: '1', MASTER_PORT: String(port), HOST: '127.0.0.1', ...env } });
  const { url, stop } = await startNode(config, {
    log: pino({ level: 'silent' }),
    droppedLines: () => 0,
    flush: () => undefined,
  });
  const first = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"it takes appends"}' };
  await waitFor('it takes appends', async () => (await exchange(new URL('/messages', url), first)).status === 201);
  return { url, port, server: await serverAt(port), stop };
}

async function serverAt(port: number): Promise<Server> {
  let server: Server | undefined;
  const seen = (message: unknown): void => {
    const { socket, server: of } = message as { readonly socket: { readonly localPort?: number }; readonly server: Server };
    if (socket.localPort === port) server = of;
  };
  subscribe(requestBegins, seen);
  try {
    const { status } = await exchange(new URL(`http://127.0.0.1:${port}/ready`), {});
    if (server === undefined) throw new Error(`no request began at port ${port}, and it was answered ${status}`);
    return server;
  } finally {
    unsubscribe(requestBegins, seen);
  }
}
