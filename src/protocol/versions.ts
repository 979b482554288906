/**
 * Versions of the stream between nodes, as `Upgrade` names them. `rlog/2` is `rlog/1` whose reader skips what it does not
 * know: kinds of messages, fields, and bytes behind a binary message. What a node can is said by `features` in its `hello`,
 * so a later feature needs no later version.
 */

/** The newest. */
export const protocolVersion = 2;
export const protocolName = `rlog/${protocolVersion}`;
/** Nodes of the first version want exactly this, and no list. */
export const firstProtocolName = 'rlog/1';

/** The best first, as RFC 9110 (section 7.8) has it. */
const spoken = [protocolName, firstProtocolName];

/** @param asked - the value of the header `Upgrade`; a list is in order of preference. @returns `undefined`: none that this node speaks */
export function chooseProtocol(asked: string): string | undefined {
  const names = new Set(asked.split(',').map((name) => name.trim()));
  return spoken.find((name) => names.has(name));
}
