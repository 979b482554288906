/**
 * Protected mode: a node that other machines can reach, and that requires no token, serves nearby clients only. So a
 * forgotten firewall does not open it to the internet.
 *
 * What counts is the address at the other end of the connection. A proxy in between hides the client's address: one
 * that says so (`Forwarded`, `X-Forwarded-For` and others) is taken to speak for a client that is far away; one that does not
 * cannot be noticed.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { LogError } from '../../api/problems.ts';
import { isBeyondLoopback, isNearby } from '../../config/networks.ts';
import type { Config } from '../../config/config.ts';
import { needsToken } from '../../config/security-checks.ts';

/** Headers in which a proxy names its client, or itself (`Via`; RFC 9110, section 7.6.3). */
export const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'via'] as const;

interface Connection {
  readonly remoteAddress?: string | undefined;
}

interface AskedOn {
  readonly socket: Connection;
  readonly headers: IncomingHttpHeaders;
}

export class ProtectedMode {
  readonly isOn: boolean;
  readonly #isProven: (socket: object) => boolean;
  /** By connection, since neither its address nor what was proved on it changes. */
  readonly #served = new WeakMap<object, boolean>();

  /**
   * @param isProven - whether the node at the other end of this connection has proved that it knows the secret of the
   * cluster
   */
  constructor({ host, security }: Pick<Config, 'host' | 'security'>, isProven: (socket: object) => boolean) {
    this.isOn = isBeyondLoopback(host) && !needsToken(security) && !security.isOpenToAll;
    this.#isProven = isProven;
  }

  /** Whether requests on this connection are served, unless a proxy says that it sends them for a client. */
  serves(socket: Connection): boolean {
    if (!this.isOn) return true;
    let isServed = this.#served.get(socket);
    if (isServed === undefined) this.#served.set(socket, (isServed = isNearby(socket.remoteAddress) || this.#isProven(socket)));
    return isServed;
  }

  /** @throws LogError */
  check({ socket, headers }: AskedOn): void {
    if (!this.isOn) return;
    const proxied = proxyHeaders.find((name) => headers[name] !== undefined);
    const isServed = this.serves(socket) && (proxied === undefined || this.#isProven(socket));
    if (isServed) return;
    const { remoteAddress: address = 'an unknown address' } = socket;
    const who = proxied === undefined ? `${address} is not one of them` : `a proxy sent this for another client (${proxied})`;
    throw new LogError(
      'protected-mode',
      `this node requires no token, so it serves loopback, link-local and private addresses only, and ${who}: on this node set API_TOKENS_FILE, or CLUSTER_SECRET_FILE if the caller is another node, or OPEN_TO_ALL=1 to serve every address`,
      { address },
    );
  }
}
