/** Who a page may ask through the server that it came from: these nodes, and no other host. */

import type { LookupFunction } from 'node:net';
import type { NodeList } from '../../api/members.ts';
import type { Driver } from '../../driver/driver.ts';

export interface ListedNode {
  readonly id: string;
  /** As people and members know it. */
  readonly url: string;
  /** Where it is dialed from here. */
  readonly address: string;
}

export interface NodeDirectory {
  /** The node that serves this list; `null` if it is no node. */
  readonly self: string | null;
  /** Whether nodes can be killed, cut off and so on here. */
  readonly hasLab: boolean;
  /** How their names are resolved; as the system does it without it. */
  readonly lookup?: LookupFunction;
  /** Whether there are no others: a node that just began does not know of them yet. */
  isComplete(): boolean;
  list(): readonly ListedNode[];
}

/** Those that a node knows: itself, at its own port whatever its name leads to, and the members of its list. */
export function membersDirectory(
  driver: Driver,
  self: { readonly id: string; readonly url: string; readonly host: string; readonly port: number },
  { lookup, addressOf }: { readonly lookup: LookupFunction; readonly addressOf: (url: string) => string },
): NodeDirectory {
  const address = `http://${dialedHost(self.host)}:${self.port}`;
  return {
    self: self.id,
    hasLab: false,
    lookup,
    isComplete: () => driver.status().members.length > 0,
    list: () => {
      const { members, leader } = driver.status();
      // A leader that moved says so to its followers; the list may have its old URL.
      const known = members.map(({ id, url }) => ({ id, url: id === leader?.id ? leader.url : url }));
      const listed = known.map(({ id, url }) => ({ id, url, address: id === self.id ? address : addressOf(url) }));
      return listed.some(({ id }) => id === self.id) ? listed : [{ id: self.id, url: self.url, address }, ...listed];
    },
  };
}

/** The document of `GET /nodes`. */
export function directoryJson(directory: NodeDirectory): NodeList {
  const { self, hasLab } = directory;
  return { self, hasLab, nodes: directory.list().map(({ id, url }) => ({ id, url })) };
}

/** Who listens on every address is reached on the loopback one. */
function dialedHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
