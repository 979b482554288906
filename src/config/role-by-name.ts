/**
 * What a node in a container is, by the name that its network knows it by: `secondary2` follows on port 5002. Only where
 * nothing else says it; a name that is none of these says nothing.
 */

import type { NodeKind } from './config.ts';

/** What the name says. */
export interface NamedRole {
  readonly kind: NodeKind;
  /** The first label: the node's name, and the host under which others find it. */
  readonly name: string;
  readonly port: number;
}

/** Who sets one of these has said what the node is. */
const decisive = ['MASTER_URL', 'NODES', 'MASTER_PORT', 'SECONDARY_PORT', 'SERVER_ID'] as const;

const masterPort = 5000;

/** Names under which a secondary in a container looks for its master, the first of these that answers. */
export const masterNames = ['master1', 'master'] as const;

/** @returns the variable that says what the node is; `undefined` if its name may say it */
export function decisiveVariable(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return decisive.find((variable) => (env[variable] ?? '') !== '');
}

/**
 * @param names - as a reverse look-up of the node's own addresses gives them
 * @param kind - what it is in any case; `undefined` if its name decides that too
 */
export function roleByName(names: readonly string[], kind?: NodeKind): NamedRole | undefined {
  for (const name of names) {
    const role = roleOf(name.split('.')[0] ?? '');
    if (role !== undefined && (kind === undefined || role.kind === kind)) return role;
  }
  return undefined;
}

function roleOf(label: string): NamedRole | undefined {
  const name = label.toLowerCase();
  if (masterNames.some((known) => known === name)) return { kind: 'master', name: label, port: masterPort };
  const number = Number(/^(?:secondary|replica|follower)[-_]?([1-9]\d{0,3})$/.exec(name)?.[1] ?? 0);
  return number === 0 ? undefined : { kind: 'secondary', name: label, port: masterPort + number };
}
