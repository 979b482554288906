/**
 * Learns of nodes that were not given, from those that answer (`GET /nodes`), so that a client with one address
 * survives the loss of that node. The URLs of members work between members and need not work from here: such a URL may
 * lead nowhere, or to a node of another log (as `http://localhost:5000` does on most machines). So an address is kept
 * only once its member, of the same cluster, has answered there.
 *
 * If there is a proxy in front of the nodes (a URL with a path or a password), nothing is learned, because that would
 * bypass it. And if the given URL uses TLS, nothing is sent unencrypted.
 */

import { healthPath, nodesPath } from '../api/paths.ts';
import { baseUrlOf } from './base-url.ts';
import type { Nodes } from './nodes.ts';

/** Interval between two looks; and after a look that found no other node. */
const everyMs = 30_000;
const againMs = 2000;
/** No cluster has more nodes than this. */
const listedMax = 32;

export interface DiscoveryParts {
  readonly nodes: Nodes;
  /** Requests a document and parses its JSON; `undefined` if that fails. Never rejects. */
  readonly get: (url: string, path: string) => Promise<unknown>;
}

interface Identity {
  readonly id: string;
  readonly cluster: string;
}

export class NodeDiscovery {
  readonly #parts: DiscoveryParts;
  /** By URL: the node that answered there. */
  readonly #identities = new Map<string, Identity>();
  #isLooking = false;
  #lookAt = 0;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
  }

  /** A node answered. Now and then it is asked for the others, beside the requests in progress. */
  heardFrom(url: string, now: number): void {
    const hasPassword = 'authorization' in this.#parts.nodes.headersFor(url);
    if (this.#isLooking || now < this.#lookAt || hasPassword || !isBare(url)) return;
    this.#isLooking = true;
    void this.#look(url).then((found) => {
      this.#isLooking = false;
      this.#lookAt = now + (found > 0 ? everyMs : againMs);
    });
  }

  /** Never rejects. @returns how many other nodes are known */
  async #look(url: string): Promise<number> {
    const { nodes, get } = this.#parts;
    const [list, self] = await Promise.all([get(url, nodesPath), this.#identify(url)]);
    if (self === undefined) return 0;
    const listed = listedNodes(list).filter((node) => node.id !== self.id && isAlike(node.url, url));
    // Given URLs may be other addresses of the same nodes.
    const unnamed = nodes.all.filter((each) => each !== url && nodes.isGiven(each));
    await Promise.all([...unnamed, ...listed.map((node) => node.url)].map((each) => this.#identify(each)));
    const given = new Set(nodes.all.filter((each) => nodes.isGiven(each)).map((each) => this.#identities.get(each)?.id));
    const found = listed.filter((node) => {
      const identity = this.#identities.get(node.url);
      return identity?.id === node.id && identity.cluster === self.cluster && !given.has(node.id);
    });
    nodes.learn(found.map((node) => node.url));
    return nodes.count - 1;
  }

  /** Asks each URL until it answers once: a node that is down for a moment keeps its identity. */
  async #identify(url: string): Promise<Identity | undefined> {
    const known = this.#identities.get(url);
    if (known !== undefined) return known;
    const identity = identityIn(await this.#parts.get(url, healthPath));
    if (identity !== undefined) this.#identities.set(url, identity);
    return identity;
  }
}

function listedNodes(list: unknown): { readonly id: string; readonly url: string }[] {
  const { nodes } = fieldsOf(list);
  if (!Array.isArray(nodes)) return [];
  return nodes.slice(0, listedMax).flatMap((node: unknown) => {
    const { id, url } = fieldsOf(node);
    const base = typeof url === 'string' ? baseUrlOf(url) : undefined;
    return typeof id === 'string' && base?.authorization === undefined && base !== undefined ? [{ id, url: base.url }] : [];
  });
}

function identityIn(health: unknown): Identity | undefined {
  const { node: id, cluster } = fieldsOf(health);
  return typeof id === 'string' && typeof cluster === 'string' ? { id, cluster } : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** The URL shows no proxy in front of the node. */
function isBare(url: string): boolean {
  return new URL(url).pathname === '/';
}

function isAlike(url: string, given: string): boolean {
  return isBare(url) && new URL(url).protocol === new URL(given).protocol;
}
