/**
 * Where other nodes are dialed. A URL may come from anybody who registers, and a name may resolve to something else each time:
 * so what counts is the address that is connected to, at the time when it is.
 */

import { BlockList } from 'node:net';
import type { SocketAddress } from 'node:net';
import type { Config } from './config.ts';
import { familyOf, networksOf, neverDialed } from './networks.ts';

/** Blocks everything outside of some networks. Node asks `check` about each address before it connects. */
class Outside extends BlockList {
  readonly #networks: BlockList;

  constructor(networks: readonly string[]) {
    super();
    this.#networks = networksOf(networks);
  }

  override check(address: SocketAddress | string): boolean {
    const text = typeof address === 'string' ? address : address.address;
    const family = familyOf(text);
    return neverDialed.check(text, family) || !this.#networks.check(text, family);
  }
}

type Named = Pick<Config, 'nodes' | 'secondaries' | 'masterUrls' | 'masterUrl' | 'dialInstead' | 'advertisedUrl' | 'security'>;

/** How other nodes are reached by their URLs. */
export interface PeerAddresses {
  /** Where a node is dialed that is known by this URL. */
  readonly addressOf: (url: string) => string;
  /** Addresses that are not connected to for this URL. */
  readonly blockListOf: (url: string) => BlockList;
}

export function peerAddressesOf(config: Named): PeerAddresses {
  const { nodes, secondaries, masterUrls, masterUrl, dialInstead, advertisedUrl, security } = config;
  const named = new Set([...nodes, ...secondaries, ...masterUrls, masterUrl, ...Object.keys(dialInstead), advertisedUrl]);
  const others = security.peerAddresses.length === 0 ? neverDialed : new Outside(security.peerAddresses);
  return {
    addressOf: (url) => dialInstead[url] ?? atPort(url, security.peerPort),
    // The operator answers for the URLs in the settings: PEER_ADDRESSES is for all others.
    blockListOf: (url) => (named.has(url) ? neverDialed : others),
  };
}

/** @param port - `undefined`: that of the URL */
function atPort(url: string, port: number | undefined): string {
  if (port === undefined) return url;
  const address = new URL(url);
  address.port = String(port);
  return address.origin;
}
