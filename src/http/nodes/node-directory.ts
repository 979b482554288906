/** The nodes that a page may call through the server that it came from. It may call no other host. */

import type { BlockList, Socket } from 'node:net';
import type { NodeList } from '../../api/members.ts';
import type { Access } from '../access/access.ts';
import type { Driver } from '../../driver/driver.ts';
import type { OuterAgent } from '../../io/outer-request.ts';

export interface ListedNode {
  readonly id: string;
  /** The URL by which people and members know the node. */
  readonly url: string;
  /** The URL at which this server dials it. */
  readonly address: string;
  /** Addresses that are not connected to, whatever its name resolves to. */
  readonly blockList?: BlockList | undefined;
  /** Told of each connection to it: those of a node to itself are known by that. */
  readonly dialed?: ((socket: Socket) => void) | undefined;
}

/** The nodes that can be asked by way of this server, and who may ask them. */
export interface ReachableNodes {
  readonly directory: NodeDirectory;
  readonly access: Access;
}

export interface NodeDirectory {
  /** Name of the node that serves this list; `null` if the server is not a node. */
  readonly self: string | null;
  /** Nodes can be killed, cut off and so on here. */
  readonly hasLab: boolean;
  /** Opens connections to them; plain ones without it. */
  readonly agent?: OuterAgent;
  /** The list has all nodes: one that has just been started does not know the others yet. */
  isComplete(): boolean;
  list(): readonly ListedNode[];
}

interface NodeReach {
  /** Opens connections. */
  readonly agent: OuterAgent;
  readonly addressOf: (url: string) => string;
  readonly blockListOf: (url: string) => BlockList;
}

/** Where a node listens. */
interface OwnAddress {
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
  readonly dialed: (socket: Socket) => void;
}

/** The nodes that a node knows: itself, at its own port whatever its URL resolves to, and the members of its list. */
export function membersDirectory(
  driver: Driver,
  { id: ownId, url: ownUrl, ...own }: OwnAddress & { readonly id: string; readonly url: string },
  { agent, addressOf, blockListOf }: NodeReach,
): NodeDirectory {
  const scheme = own.hasTls && ownUrl.startsWith('https:') ? 'https' : 'http';
  const self = { id: ownId, url: ownUrl, address: `${scheme}://${dialedHost(own.host)}:${own.port}`, dialed: own.dialed };
  return {
    self: self.id,
    hasLab: false,
    agent,
    isComplete: () => driver.status().members.length > 0,
    list: () => {
      const { members, leader } = driver.status();
      // A leader that moved tells its followers its new URL; the list may still have the old one.
      const known = members.map(({ id, url }) => ({ id, url: id === leader?.id ? leader.url : url }));
      const listed = known.map(({ id, url }) =>
        id === self.id ? self : { id, url, address: addressOf(url), blockList: blockListOf(url) },
      );
      return listed.some(({ id }) => id === self.id) ? listed : [self, ...listed];
    },
  };
}

/** The document of `GET /nodes`. */
export function directoryJson(directory: NodeDirectory): NodeList {
  const { self, hasLab } = directory;
  return { self, hasLab, nodes: directory.list().map(({ id, url }) => ({ id, url })) };
}

/** A server that listens on all addresses is dialed on loopback. */
function dialedHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
