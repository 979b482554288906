/** Open connections by the address that they come from. */

import type { Socket } from 'node:net';
import { countedSourceOf } from './client-address.ts';

export class ConnectionsByAddress {
  readonly #sets = new Map<string, Set<Socket>>();
  /** A closed connection does not know its address any more. */
  readonly #sourceOf = new WeakMap<Socket, string>();

  /** @returns all that come from there, this one included; `undefined` if it is not counted */
  add(socket: Socket): ReadonlySet<Socket> | undefined {
    const source = countedSourceOf(socket.remoteAddress);
    if (source === undefined) return undefined;
    let sockets = this.#sets.get(source);
    if (sockets === undefined) this.#sets.set(source, (sockets = new Set()));
    sockets.add(socket);
    this.#sourceOf.set(socket, source);
    return sockets;
  }

  delete(socket: Socket): void {
    const source = this.#sourceOf.get(socket);
    const sockets = source === undefined ? undefined : this.#sets.get(source);
    if (source === undefined || sockets === undefined) return;
    this.#sourceOf.delete(socket);
    sockets.delete(socket);
    if (sockets.size === 0) this.#sets.delete(source);
  }

  /** Of the address that has the most. */
  get most(): number {
    let most = 0;
    for (const { size } of this.#sets.values()) most = Math.max(most, size);
    return most;
  }
}
