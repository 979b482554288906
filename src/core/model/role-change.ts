/**
 * What a step of a role changes in who leads. A role only says so; the replica's owner of the roles acts on it
 * (`core/roles.ts`): it alone starts and ends a candidacy or an epoch.
 */

import type { MemberList } from './members.ts';
import type { LeaderHint } from './messages.ts';
import type { BatchNumber, Epoch } from './numbers.ts';

/** What the leader of a new epoch starts from. */
export interface WonElection {
  readonly epoch: Epoch;
  /** The list that the first batch carries; `undefined` if the one in the log stays. */
  readonly firstList: ((since: BatchNumber) => MemberList) | undefined;
  /** The candidate founded the cluster alone: others may still be registering. */
  readonly isFoundedAlone: boolean;
}

export type RoleChange =
  /** A node that elects: it may ask for promises, above all that was heard of. */
  | { readonly kind: 'pollWon'; readonly heard: Epoch }
  /** A candidate that was elected by poll: it did not come to lead. */
  | { readonly kind: 'campaignLost'; readonly heard: Epoch }
  /** A follower of an elected leader: somebody who won a poll says that this node's log is ahead. */
  | { readonly kind: 'turnGiven' }
  /** A follower: its leader hands over to it. */
  | { readonly kind: 'handedOver' }
  /** A follower that asked for that: its leader keeps its place. */
  | { readonly kind: 'handOverRefused'; readonly why: string }
  /** A leader that was elected: it is cut off from the majority, or its disk hangs. */
  | { readonly kind: 'resigned'; readonly why: string }
  /** A candidate: its epoch can begin. */
  | { readonly kind: 'elected'; readonly beginning: WonElection }
  /** A leader: the disk had no room for the first batch of the epoch. */
  | { readonly kind: 'markerRefused' }
  /** A leader: nothing can be committed in this epoch any more, and a campaign may find a way on. */
  | { readonly kind: 'storagesLost' }
  /** A leader: a higher epoch was heard of, or nobody takes this one; `leader` leads the higher one, if that is known. */
  | { readonly kind: 'epochOver'; readonly heard: Epoch; readonly leader: LeaderHint | undefined }
  /** A follower: it promised a higher epoch to another node, which may lead it already. */
  | { readonly kind: 'promisedHigher'; readonly epoch: Epoch; readonly leader: LeaderHint | undefined };
