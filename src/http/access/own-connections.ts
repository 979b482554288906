/**
 * Connections that a node opened to itself, as it does for pages that ask it for itself among the other nodes: what it says on them
 * of its client, it has found out itself. Both ends are in this process, and have the same two addresses, the other way round.
 *
 * One address is not enough: while a connection is open, another one to another address or port of this node may begin at the same
 * place, and anybody on this machine can open it.
 */

import type { Socket } from 'node:net';

interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

export class OwnConnections {
  readonly #opened = new Set<string>();

  /** This node opened it, to itself. It is connected, or about to be. */
  readonly add = (socket: Socket): void => {
    if (!socket.connecting) return this.#remember(socket);
    // What is sent on it is sent later than this.
    socket.once('connect', () => this.#remember(socket));
  };

  /** Whether its other end is one of these. */
  has({ localAddress, localPort, remoteAddress, remotePort }: Ends): boolean {
    if (this.#opened.size === 0) return false;
    const name = nameOf({ address: remoteAddress, port: remotePort }, { address: localAddress, port: localPort });
    return name !== undefined && this.#opened.has(name);
  }

  #remember(socket: Socket): void {
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    const name = nameOf({ address: localAddress, port: localPort }, { address: remoteAddress, port: remotePort });
    if (name === undefined) return;
    this.#opened.add(name);
    socket.once('close', () => this.#opened.delete(name));
  }
}

interface End {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** @returns `undefined` if it is not connected */
function nameOf(opener: End, accepter: End): string | undefined {
  const texts = [opener, accepter].map(textOf);
  return texts.includes(undefined) ? undefined : texts.join(' ');
}

/** A server that listens on IPv6 sees an address of IPv4 in the form of IPv6. */
function textOf({ address, port }: End): string | undefined {
  return address === undefined || port === undefined ? undefined : `${address.replace(/^::ffff:/, '')} ${port}`;
}
