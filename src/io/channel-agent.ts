/**
 * Connections for requests to other nodes, on which both ends have proved the cluster's secret. Without a secret they are
 * plain ones.
 */

import type { AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { DialRefused } from '../ports/ports.ts';
import { requestsProtocolName } from '../protocol/versions.ts';
import { OuterAgent, openOuter } from './outer-request.ts';
import type { OuterOptions } from './outer-request.ts';
import { openUpgraded } from './peer-upgrade.ts';
import type { PeerReach } from './peer-upgrade.ts';

/** How long it may take to reach a node, and for both to prove themselves. */
const connectWithinMs = 2000;
/** Refusals by a node that has a secret: without proof it would refuse the request as well, and for good. */
const refusedWithSecret: ReadonlySet<string | undefined> = new Set(['proof-required', 'shutting-down']);

export class ChannelAgent extends OuterAgent {
  readonly #reach: PeerReach;

  constructor(reach: PeerReach, options: AgentOptions = {}) {
    super({ ...options, ...(reach.lookup !== undefined && { lookup: reach.lookup }) }, reach.tls);
    this.#reach = reach;
  }

  override createConnection(options: OuterOptions, callback?: (error: Error | null, stream: Duplex) => void): Duplex | null | undefined {
    if (!this.#reach.secrets.isSet) return super.createConnection(options, callback);
    void this.#open(options, callback);
    return undefined;
  }

  async #open(options: OuterOptions, callback: ((error: Error | null, stream: Duplex) => void) | undefined): Promise<void> {
    const { secureHost, blockList } = options;
    const [address, knownAs] = [urlOf(options.host, options), secureHost === undefined ? undefined : urlOf(secureHost, options)];
    let stream: Duplex;
    try {
      ({ socket: stream } = await openUpgraded(
        { address, upgrade: requestsProtocolName, headers: {}, timeoutMs: connectWithinMs, blockList, knownAs },
        this.#reach,
      ));
    } catch (error) {
      // A node without a secret answers like any server that knows no such upgrade.
      if (!this.#reach.acceptsInsecure || !(error instanceof DialRefused) || refusedWithSecret.has(error.code))
        return (callback as ((error: unknown) => void) | undefined)?.(error);
      stream = openOuter(options, this.#reach.tls);
    }
    callback?.(null, stream);
  }
}

function urlOf(host: string | null | undefined, { port, secureHost }: OuterOptions): string {
  const written = String(host).includes(':') ? `[${host}]` : String(host);
  return `${secureHost === undefined ? 'http' : 'https'}://${written}:${String(port)}`;
}
