/** What must be true of the identities of forwarded appends without a key. */

import type { BatchDraft } from '../../core/model/batch.ts';
import { isIdentity } from '../../core/model/forward-identity.ts';
import type { KnownLeader } from '../../core/model/forward-identity.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';

/** No identity is written while a member would take it for a key. */
export function checkIdentities(leader: SimNode, draft: BatchDraft, nodes: readonly SimNode[]): void {
  if (!draft.keys.some(isIdentity)) return;
  const older = new Set(nodes.filter(({ isOlder }) => isOlder).map(({ id }) => id));
  if (older.size === 0) return;
  const members = leader.replica?.status().members ?? [];
  const member = members.find(({ id, state }) => state === 'member' && older.has(id));
  claim(
    member === undefined,
    () => `no identity is written while a member would take it for a key: ${member?.id} knows none, and batch ${draft.number} has some`,
  );
}

/** A node that takes a request meant for the leader of an epoch leads that epoch. */
export function checkIsMeant(leader: KnownLeader | undefined, meant: { readonly self: string; readonly epoch: number | undefined }): void {
  const isRight = meant.epoch === undefined || (leader?.id === meant.self && leader.epoch === meant.epoch);
  claim(
    isRight,
    () =>
      `a forwarded request is taken only by the leader it is meant for: ${meant.self} takes one for epoch ${meant.epoch}, and leads ${leader?.epoch}`,
  );
}
