/**
 * Connections for requests to other nodes, on which both ends have proved the cluster's secret. Without a secret they are
 * plain ones.
 */

import { Agent } from 'node:http';
import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { connect } from 'node:net';
import type { BlockList } from 'node:net';
import type { Duplex } from 'node:stream';
import { DialRefused } from '../ports/ports.ts';
import { requestsProtocolName } from '../protocol/versions.ts';
import { openUpgraded } from './peer-upgrade.ts';
import type { PeerReach } from './peer-upgrade.ts';

/** How long it may take to reach a node, and for both to prove themselves. */
const connectWithinMs = 2000;

export class ChannelAgent extends Agent {
  readonly #reach: PeerReach;

  constructor(reach: PeerReach, options: AgentOptions = {}) {
    super({ ...options, ...(reach.lookup !== undefined && { lookup: reach.lookup }) });
    this.#reach = reach;
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (!this.#reach.secrets.isSet) return super.createConnection(options, callback);
    void this.#open(options, callback);
    return undefined;
  }

  async #open(options: ClientRequestArgs, callback: ((error: Error | null, stream: Duplex) => void) | undefined): Promise<void> {
    const host = String(options.host);
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${String(options.port)}`;
    let stream: Duplex;
    try {
      ({ socket: stream } = await openUpgraded(
        { address, upgrade: requestsProtocolName, headers: {}, timeoutMs: connectWithinMs, blockList: blockListIn(options) },
        this.#reach,
      ));
    } catch (error) {
      // A node without a secret answers like any server that knows no such upgrade.
      if (!this.#reach.acceptsInsecure || !(error instanceof DialRefused))
        return (callback as ((error: unknown) => void) | undefined)?.(error);
      stream = plain(options);
    }
    callback?.(null, stream);
  }
}

function plain(options: ClientRequestArgs): Duplex {
  return connect({
    host: String(options.host),
    port: Number(options.port),
    ...(options.lookup !== undefined && { lookup: options.lookup }),
    ...(blockListIn(options) !== undefined && { blockList: blockListIn(options) }),
  });
}

/** Requests hand it on to whatever connects. */
function blockListIn(options: ClientRequestArgs): BlockList | undefined {
  return (options as { readonly blockList?: BlockList }).blockList;
}
