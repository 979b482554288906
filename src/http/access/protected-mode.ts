/**
 * Protected mode: a node that others than its own machine can reach, and that asks nobody for a token, serves only those who
 * are near. So nothing stands open to the internet because a firewall was forgotten.
 *
 * It goes by the address at the other end of the connection. A proxy in between hides whose that is: one that says so
 * (`Forwarded`, `X-Forwarded-For`) is believed to speak for somebody far away, and one that does not cannot be seen.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { LogError } from '../../api/problems.ts';
import { isBeyondLoopback, isNearby } from '../../config/networks.ts';
import type { Config } from '../../config/config.ts';

/** With which a proxy says for whom it asks. */
export const proxyHeaders = ['forwarded', 'x-forwarded-for'] as const;

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
  /** By connection: neither its address nor what was proved on it changes. */
  readonly #served = new WeakMap<object, boolean>();

  /** @param isProven - whether a node proved at the other end of this connection that it knows the secret of the cluster */
  constructor({ host, security }: Pick<Config, 'host' | 'security'>, isProven: (socket: object) => boolean) {
    const { tokens, tokensFile, isOpenToAll, acceptsInsecure } = security;
    const asksForTokens = (tokens.length > 0 || tokensFile !== undefined) && !acceptsInsecure;
    this.isOn = isBeyondLoopback(host) && !asksForTokens && !isOpenToAll;
    this.#isProven = isProven;
  }

  /** Whether requests on this connection are served, as long as no proxy says that they are somebody else's. */
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
    const who = proxied === undefined ? `${address} is none of them` : `a proxy asks for somebody else (${proxied})`;
    throw new LogError(
      'protected-mode',
      `this node has no tokens, so it serves loopback, link-local and private addresses only, and ${who}: on this node set API_TOKENS_FILE, or CLUSTER_SECRET_FILE if the caller is another node, or OPEN_TO_ALL=1 to serve everybody`,
      { address },
    );
  }
}
