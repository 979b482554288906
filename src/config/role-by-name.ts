/**
 * Derives the role of a node in a container from its name in the network: `secondary2` follows on port 5002. Only if
 * nothing else decides it; any other name means nothing.
 */

import type { NodeKind } from './config.ts';

/** The role that a name stands for. */
export interface NamedRole {
  readonly kind: NodeKind;
  /** The first label of the name: the node's name, and the host by which others find it. */
  readonly name: string;
  readonly port: number;
}

/** If one of these is set, it decides what the node is. */
const decisive = ['MASTER_URL', 'NODES', 'MASTER_PORT', 'SECONDARY_PORT', 'SERVER_ID'] as const;

const masterPort = 5000;

/** Names by which a secondary in a container looks for its master; it uses the first that answers. */
export const masterNames = ['master1', 'master'] as const;

/** @returns the variable that decides what the node is; `undefined` if its name may decide */
export function decisiveVariable(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return decisive.find((variable) => (env[variable] ?? '') !== '');
}

/**
 * @param names - from a reverse look-up of the node's own addresses
 * @param kind - the role, if it is already decided
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
