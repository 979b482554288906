/**
 * If more members than a leader can spare come back with empty disks, the leader can commit nothing any more, not even the
 * changes of the member list that would take them in again.
 *
 * It is the case of too few known storages (founding.ts), and the cure is the same: a campaign in which every member must
 * promise, and which continues from the most advanced of their logs. This node's log, with everything that it acknowledged as
 * the leader, is one of them. No majority can have gone further without it, since all members answer and too few have a log.
 */

import type { Followers } from './followers.ts';
import { canRecoverWithoutQuorum } from '../members/founding.ts';
import type { MemberList } from '../model/members.ts';
import type { NodeContext } from '../node/context.ts';

/** Whether all members are reached by name, but too few of them with the storage that the list names. */
export function areTooManyStoragesLost({ options, promises }: NodeContext, list: MemberList, followers: Followers): boolean {
  if (options.newCluster === 'never' || followers.health.hasQuorum) return false;
  const self = { id: options.id, storageId: promises.storageId, url: options.url, otherUrls: followers.ownOtherUrls };
  return canRecoverWithoutQuorum(list, [self, ...followers.reached()]);
}
