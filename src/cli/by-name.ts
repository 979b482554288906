/** `rlog by-name`, the image's own command: what the node is follows from the name that its network knows it by. */

import type { NodeKind } from '../config/config.ts';
import { networkNames, ownAddresses, reverseLookUp } from '../config/network-names.ts';
import { decisiveVariable, roleByName } from '../config/role-by-name.ts';
import type { NamedRole } from '../config/role-by-name.ts';
import { configOrFail, runNode } from './run-node.ts';

const withinMs = 1000;

interface Found {
  readonly kind: NodeKind;
  readonly named: NamedRole | undefined;
  /** Why it is that. */
  readonly facts: object;
}

/** @param kind - what it is in any case; `undefined` if its name decides that too */
export async function runByName(kind: NodeKind | undefined): Promise<void> {
  const found = await find(kind);
  await runNode({ ...found, says: { event: found.named === undefined ? 'role.by-default' : 'role.by-name', facts: found.facts } });
}

/** Where the node that runs by name in this container is asked from within it. */
export async function urlByName(kind: NodeKind | undefined): Promise<string> {
  const found = await find(kind);
  return `http://127.0.0.1:${configOrFail(found.kind, { flags: {}, named: found.named }).port}`;
}

async function find(kind: NodeKind | undefined): Promise<Found> {
  const otherwise = kind ?? 'master';
  const variable = decisiveVariable();
  if (variable !== undefined) return { kind: otherwise, named: undefined, facts: { kind: otherwise, because: `${variable} is set` } };
  const names = await networkNames({ addresses: ownAddresses(), lookUp: reverseLookUp(withinMs), withinMs });
  const named = roleByName(names, kind);
  if (named === undefined)
    return { kind: otherwise, named, facts: { kind: otherwise, because: 'its name on the network says nothing', names } };
  return { kind: named.kind, named, facts: { ...named, names } };
}
