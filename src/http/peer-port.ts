/**
 * A port of its own for what nodes say to each other (`PEER_PORT`), so that a firewall can tell it from what clients say.
 * Its connections are served like all others, but for one thing: each port takes only its own kind.
 */

import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { LogError } from '../api/problems.ts';
import { isProven } from '../trust/peer-channel.ts';
import { lowestSocket } from './wire/transport.ts';

export class PeerPort {
  readonly #port: number | undefined;
  readonly #sockets = new WeakSet<object>();
  #server: Server | undefined;

  /** @param port - `undefined`: nodes come to the port of the clients */
  constructor(port: number | undefined) {
    this.#port = port;
  }

  /** Hands its connections to the server of the clients' port. @throws what the port's owner makes of it */
  async listen(host: string, server: { emit(event: 'connection', socket: Socket): unknown }): Promise<void> {
    const port = this.#port;
    if (port === undefined) return;
    // As the other port: a caller that has sent all still hears its answer.
    const own = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      server.emit('connection', socket);
    });
    await new Promise<void>((resolve, reject) => {
      own.once('error', reject);
      own.listen(port, host, resolve);
    });
    this.#server = own;
  }

  close(): void {
    this.#server?.close();
  }

  /** Whether a request may come on this connection, or (`isUpgrade`) a node may ask for a stream. */
  takes(socket: Socket, isUpgrade: boolean): boolean {
    if (this.#port === undefined || isProven(socket)) return true;
    return this.#sockets.has(lowestSocket(socket)) === isUpgrade;
  }

  /** @throws LogError */
  check(socket: Socket, isUpgrade: boolean): void {
    if (this.takes(socket, isUpgrade)) return;
    const detail = isUpgrade ? `other nodes are served at port ${this.#port}` : 'this port is for other nodes only';
    throw new LogError('not-found', detail);
  }
}
