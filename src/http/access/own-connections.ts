/**
 * Connections that a node opened to itself, as it does for pages that ask it for itself among the other nodes: what it says on them
 * of its client, it has found out itself. Both ends are in this process, so the address of one is the other end of the other.
 */

import type { Socket } from 'node:net';

export class OwnConnections {
  readonly #opened = new Set<string>();

  /** This node opened it, to itself. It is connected, or about to be. */
  readonly add = (socket: Socket): void => {
    if (!socket.connecting) return this.#remember(socket);
    // What is sent on it is sent later than this.
    socket.once('connect', () => this.#remember(socket));
  };

  /** Whether its other end is one of these. */
  has({ remoteAddress, remotePort }: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): boolean {
    return this.#opened.size > 0 && remotePort !== undefined && this.#opened.has(nameOf(remoteAddress, remotePort));
  }

  #remember(socket: Socket): void {
    const { localAddress, localPort } = socket;
    if (localPort === undefined) return;
    const name = nameOf(localAddress, localPort);
    this.#opened.add(name);
    socket.once('close', () => this.#opened.delete(name));
  }
}

/** A server that listens on IPv6 sees an address of IPv4 in the form of IPv6. */
function nameOf(address: string | undefined, port: number): string {
  return `${(address ?? '').replace(/^::ffff:/, '')} ${port}`;
}
