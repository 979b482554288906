/**
 * Many callers of one node, in a process of their own (crowd-proof.ts): it opens what it is told to, and says how many are open.
 * A caller that was refused or closed is not opened again.
 */

import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type CallerKind = 'idle' | 'slow' | 'poll';

export interface Orders {
  readonly port: number;
  /** From where they call, in turn. */
  readonly addresses: readonly string[];
  readonly counts: Readonly<Record<CallerKind, number>>;
}

export interface Standing {
  /** All that were to be opened, were. */
  readonly isComplete: boolean;
  readonly open: number;
  /** Those that got an answer that refuses them. */
  readonly refused: number;
  readonly closed: number;
}

const openAtOnce = 200;
const dripMs = 1000;
const tellMs = 100;

const sockets = new Set<Socket>();
let isComplete = false;
let refused = 0;
let closed = 0;

function tell(): void {
  if (process.connected)
    process.send?.({ isComplete, open: sockets.size, refused, closed } satisfies Standing, undefined, undefined, () => undefined);
}

/** Each at its own time of a second: they do not know each other. */
function drip(socket: Socket, text: () => string): void {
  const begin = setTimeout(() => {
    const timer = setInterval(() => void (socket.writable && socket.write(text())), dripMs);
    socket.once('close', () => clearInterval(timer));
  }, Math.random() * dripMs);
  socket.once('close', () => clearTimeout(begin));
}

function speak(socket: Socket, kind: CallerKind, n: number): void {
  switch (kind) {
    case 'idle':
      // Half of them say nothing at all, half have asked something.
      if (n % 2 === 0) socket.write('GET /ready HTTP/1.1\r\nhost: x\r\n\r\n');
      return;
    case 'slow': {
      const isBody = n % 2 === 0;
      socket.write('POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
      if (isBody) socket.write(`content-length: 1000000\r\n\r\n{"message":"`);
      drip(socket, () => (isBody ? 'x' : `x-${Math.random()}: y\r\n`));
      return;
    }
    case 'poll':
      socket.write('GET /messages?from=1000000000&wait=600 HTTP/1.1\r\nhost: x\r\n\r\n');
      return;
    default:
      kind satisfies never;
  }
}

function open({ port, addresses }: Orders, kind: CallerKind, n: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: addresses[n % addresses.length] });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (/^HTTP\/1\.1 (?:429|503)/.test(chunk.toString('latin1', 0, 12))) refused += 1;
    });
    socket.once('connect', () => {
      speak(socket, kind, n);
      resolve();
    });
    socket.once('close', () => {
      sockets.delete(socket);
      closed += 1;
      resolve();
    });
  });
}

process.once('message', (orders: Orders) => {
  void carryOut(orders);
});

async function carryOut(orders: Orders): Promise<void> {
  const all = (['poll', 'slow', 'idle'] as const).flatMap((kind) =>
    Array.from({ length: orders.counts[kind] }, (_unused, n) => ({ kind, n })),
  );
  for (let at = 0; at < all.length; at += openAtOnce) {
    await Promise.all(all.slice(at, at + openAtOnce).map(({ kind, n }) => open(orders, kind, n)));
    tell();
  }
  isComplete = true;
  setInterval(tell, tellMs);
  tell();
}

process.once('disconnect', () => process.exit());
