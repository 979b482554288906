/** Which nodes a leader does not feed: a second one with the same name, one that was removed, one that cannot read the log. */

import type { MemberList } from '../model/members.ts';
import { unclaimedId } from '../members/founding.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';
import { nameHolder } from './name-holder.ts';

export type NotFed = 'id-taken' | 'removed' | 'too-old';

/**
 * @param parts.others - the other nodes that the leader speaks with
 * @returns why not, with a sentence for people; `undefined` if the node is fed
 */
export function whyNotFed(
  { hello, url, isByHand }: Peer,
  { context, list, others }: { readonly context: NodeContext; readonly list: MemberList; readonly others: readonly Peer[] },
): { readonly reason: NotFed; readonly why: string } | undefined {
  if (hello === undefined) return undefined;
  const { id } = hello;
  const holder = nameHolder(hello, { context, list, others });
  if (holder !== undefined) {
    context.out.emit('error', 'id.taken', { id, url, holder });
    return { reason: 'id-taken', why: `${id} is in use by a node that is alive, at ${holder}` };
  }
  const { removed } = list;
  if ((removed.includes(id) || removed.includes(unclaimedId(url))) && !isByHand) {
    return { reason: 'removed', why: `${id} was removed; register it by hand to take it back` };
  }
  return context.canRead(hello) ? undefined : { reason: 'too-old', why: `${id} runs a version that cannot read this log` };
}
