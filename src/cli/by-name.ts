/** `rlog by-name`, the image's own command: the container's name on its network decides the node's role and port. */

import type { NodeKind } from '../config/config.ts';
import { networkNames, ownAddresses, reverseLookUp } from '../config/network-names.ts';
import { decisiveVariable, roleByName } from '../config/role-by-name.ts';
import type { NamedRole } from '../config/role-by-name.ts';
import { OuterAgent } from '../io/outer-request.ts';
import { trustOf } from './command-trust.ts';
import type { Via } from './patient-fetch.ts';
import { configOrFail, runNode } from './run-node.ts';

const withinMs = 1000;

interface Found {
  readonly kind: NodeKind;
  readonly named: NamedRole | undefined;
  /** What decided it. */
  readonly facts: object;
}

/** @param kind - the kind of the node; `undefined` if its name decides that too */
export async function runByName(kind: NodeKind | undefined): Promise<void> {
  const found = await find(kind);
  await runNode({ ...found, says: { event: found.named === undefined ? 'role.by-default' : 'role.by-name', facts: found.facts } });
}

/** How to ask the node of this container, from inside it. It has to be the node that the others know by its URL. */
export async function viaByName(kind: NodeKind | undefined): Promise<Via & { readonly url: string }> {
  const found = await find(kind);
  const { port, advertisedUrl, security } = configOrFail(found.kind, { flags: {}, named: found.named });
  if (security.tls.own === undefined || !advertisedUrl.startsWith('https:')) return { url: `http://127.0.0.1:${port}` };
  return { url: `https://127.0.0.1:${port}`, knownAs: advertisedUrl, agent: new OuterAgent({}, trustOf(security.tls)) };
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
