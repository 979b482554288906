/**
 * Versions of the stream between nodes, as named in the `Upgrade` header. `rlog/2` is `rlog/1` with readers that skip what they
 * do not know: kinds of messages, fields, and bytes after a binary message. `features` in a node's `hello` say what it can do,
 * so a new feature needs no new version.
 */

/** The newest version. */
export const protocolVersion = 2;
export const protocolName = `rlog/${protocolVersion}`;
/** Nodes of the first version expect exactly this, not a list. */
export const firstProtocolName = 'rlog/1';

/** In order of preference, as in RFC 9110 (section 7.8). */
const spoken = [protocolName, firstProtocolName];

/** @param asked - the value of the `Upgrade` header. @returns the best version that both nodes speak; `undefined` if there is none */
export function chooseProtocol(asked: string): string | undefined {
  const names = new Set(asked.split(',').map((name) => name.trim()));
  return spoken.find((name) => names.has(name));
}

/** For requests between nodes that prove themselves: HTTP/1.1, once both have. */
export const requestsProtocolName = 'rlog-http/1';
