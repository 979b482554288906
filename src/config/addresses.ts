/**
 * Hosts and URLs of nodes, as users write them. What is accepted makes a URL that leads where it says. What a URL would
 * read as something else is refused: a name of digits as a number, or a second scheme as a host.
 */

export const schemes = ['http', 'https'] as const;
export type Scheme = (typeof schemes)[number];
const usualPorts: Readonly<Record<Scheme, string>> = { http: '80', https: '443' };

/**
 * @param host - a name or an address; IPv6 with or without its brackets
 * @returns `undefined` if no URL leads there
 */
export function urlOfHost(host: string, port: number, scheme: Scheme = 'http'): string | undefined {
  const bare = /^\[(.*:.*)\]$/.exec(host)?.[1] ?? host;
  const written = bare.includes(':') ? `[${bare}]` : bare;
  const text = `${scheme}://${written}:${port}`;
  if (bare === '' || !URL.canParse(text)) return undefined;
  const { hostname, origin } = new URL(text);
  // Names of members are made from it (core/model/names.ts), and DNS has no longer names.
  if (!/^(\[[\da-f:.]+\]|[\w.-]{1,253})$/.test(hostname)) return undefined;
  // A URL may rewrite another spelling of an IPv6 address, and a name that is not ASCII. Everything else must stay:
  // `12345` is not 0.0.48.57, and `host/path` is not a host.
  const mayDiffer = bare.includes(':') || (/[^\0-\x7f]/.test(bare) && hostname.includes('xn--'));
  return mayDiffer || hostname === bare.toLowerCase() ? origin : undefined;
}

/** The canonical form of a node's URL: scheme, host and port. @returns `undefined` if the text is not such a URL */
export function nodeUrlIn(text: string): string | undefined {
  const [, given, host, portGiven] = /^(https?):\/\/(\[[^\]]*\]|[^[\]:/?#@\s\\]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  const scheme = schemes.find((each) => each === given?.toLowerCase());
  if (host === undefined || scheme === undefined) return undefined;
  const port = Number(portGiven ?? usualPorts[scheme]);
  return port > 65_535 ? undefined : urlOfHost(host, port, scheme);
}

/** Whether this host means all addresses: then no other node can dial it. */
export function isWildcard(host: string): boolean {
  const hostname = new URL(urlOfHost(host, 80) ?? 'http://unknown').hostname;
  return ['0.0.0.0', '[::]', '[::ffff:0:0]'].includes(hostname);
}

/** The names by which others may know a machine. */
export interface Machine {
  readonly hostname: string;
  /** Addresses that others can reach. */
  readonly addresses: readonly string[];
}

/**
 * The host by which others find a node that listens on `host`: that host itself or, if the node listens on all
 * addresses, the name of its machine. If that name is `localhost` or does not fit into a URL, it is an address.
 */
export function reachableHost(host: string, { hostname, addresses }: Machine): string {
  if (!isWildcard(host)) return host;
  const isName = urlOfHost(hostname, 80) !== undefined && !/^localhost(\.|$)/i.test(hostname);
  return isName ? hostname : (addresses[0] ?? 'localhost');
}
