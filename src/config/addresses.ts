/**
 * Hosts and URLs of nodes, as they are given: whatever is taken here makes a URL that leads where it says. What a URL
 * would read as something else, a name of digits as a number, or a second scheme as a host, is not taken.
 */

/**
 * @param host - a name or an address; IPv6 with or without its brackets
 * @returns `undefined` if no URL leads there
 */
export function urlOfHost(host: string, port: number): string | undefined {
  const bare = /^\[(.*:.*)\]$/.exec(host)?.[1] ?? host;
  const written = bare.includes(':') ? `[${bare}]` : bare;
  const text = `http://${written}:${port}`;
  if (bare === '' || !URL.canParse(text)) return undefined;
  const { hostname, origin } = new URL(text);
  // As names of members are made of it (core/model/names.ts), and DNS has no longer ones.
  if (!/^(\[[\da-f:.]+\]|[\w.-]{1,253})$/.test(hostname)) return undefined;
  // Another spelling of an IPv6 address, and a name that is not ASCII, may be written anew. All else must stay: `12345` is
  // not 0.0.48.57, nor is `host/path` a host.
  const mayDiffer = bare.includes(':') || (/[^\0-\x7f]/.test(bare) && hostname.includes('xn--'));
  return mayDiffer || hostname === bare.toLowerCase() ? origin : undefined;
}

/** The one way in which a node's URL is written: scheme, host and port. @returns `undefined` if it is no such URL */
export function nodeUrlIn(text: string): string | undefined {
  const [, host, port = '80'] = /^http:\/\/(\[[^\]]*\]|[^[\]:/?#@\s\\]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535 ? undefined : urlOfHost(host, Number(port));
}

/** Whether who listens there listens on every address: no other node finds it under that one. */
export function isWildcard(host: string): boolean {
  const hostname = new URL(urlOfHost(host, 80) ?? 'http://unknown').hostname;
  return ['0.0.0.0', '[::]', '[::ffff:0:0]'].includes(hostname);
}

/** What others may know a machine by. */
export interface Machine {
  readonly hostname: string;
  /** Those that others can reach. */
  readonly addresses: readonly string[];
}

/**
 * The host under which others find who listens on `host`, of itself: the name of the machine if it listens on all
 * addresses, or else an address, where that name leads nowhere else or into no URL.
 */
export function reachableHost(host: string, { hostname, addresses }: Machine): string {
  if (!isWildcard(host)) return host;
  const isName = urlOfHost(hostname, 80) !== undefined && !/^localhost(\.|$)/i.test(hostname);
  return isName ? hostname : (addresses[0] ?? 'localhost');
}
