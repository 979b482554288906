/**
 * A leader whose members come back with empty disks, more of them at once than it can spare, can commit nothing any
 * more: not even the changes of the list by which it would take them in again.
 *
 * It is the case of too few known storages (founding.ts), and the cure is the same one: a campaign, in which every name of
 * the list must promise, and from which the most advanced of their logs goes on. This node's own is one of them, with
 * all that it acknowledged as a leader; a majority without it, which could have gone further, is none of those that
 * answer.
 */

import type { Followers } from './followers.ts';
import { canRecoverWithoutQuorum } from '../members/founding.ts';
import type { MemberList } from '../model/members.ts';
import type { NodeContext } from '../node/context.ts';

/** Whether every member is reached by its name, and too few of them with the storage that the list knows. */
export function areTooManyStoragesLost({ options, promises }: NodeContext, list: MemberList, followers: Followers): boolean {
  if (options.newCluster === 'never' || followers.hasQuorum) return false;
  const self = { id: options.id, storageId: promises.storageId, url: options.url, otherUrls: followers.ownOtherUrls };
  return canRecoverWithoutQuorum(list, [self, ...followers.reached()]);
}
