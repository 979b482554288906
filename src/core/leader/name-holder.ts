/** A name and a storage belong to one node. Finds a node known to the leader that already has one of them. */

import type { MemberList } from '../model/members.ts';
import type { Hello } from '../model/messages.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';

/** @returns the URL of a live node with this name or storage, or of a member with another name and this storage; or `undefined` */
export function nameHolder(
  { id, storageId }: Pick<Hello, 'id' | 'storageId'>,
  { context, list, others }: { readonly context: NodeContext; readonly list: MemberList; readonly others: readonly Peer[] },
): string | undefined {
  const { options, promises, now } = context;
  if (id === options.id || storageId === promises.storageId) return options.url;
  // Even while that member is down, its storage belongs to no other node.
  const owner = list.members.find((member) => member.storageId === storageId && member.id !== id);
  if (owner !== undefined) return owner.url;
  const living = others.find(({ hello, lastHeard }) => {
    if (hello === undefined || lastHeard === undefined || now - lastHeard >= options.health.suspectedAfterMs) return false;
    return hello.id === id || hello.storageId === storageId;
  });
  return living?.url;
}
