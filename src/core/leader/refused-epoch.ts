/** Handles a peer that refuses the epoch of this leader: what follows for the peer and for the epoch. */

import { isWithinReach } from '../model/foreign-epoch.ts';
import type { Refuse } from '../model/messages.ts';
import type { RoleChange } from '../model/role-change.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { Leader } from './leader.ts';

export function refusedEpoch(
  { context, peers, leader }: { readonly context: NodeContext; readonly peers: Peers; readonly leader: Leader },
  peer: Peer,
  { epoch, leader: other }: Refuse,
): RoleChange | undefined {
  if (leader.followers.leadUp(peer, epoch)) return undefined;
  if (epoch === leader.epoch) leader.followers.refusedEpoch(peer);
  if (epoch <= leader.epoch) return undefined;
  if (!isWithinReach(epoch, context.promises.promisedEpoch)) {
    peers.refuseFarAhead(peer, epoch);
    leader.followers.lost(peer);
    return undefined;
  }
  return { kind: 'epochOver', heard: epoch, leader: other !== null && other.epoch > leader.epoch ? other : undefined };
}
