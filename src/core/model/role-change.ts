/**
 * What a step of a role changes in who leads. A role only reports it, and `core/roles.ts` acts on it: it alone starts and ends
 * a candidacy or an epoch.
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
  /** A node that elects: it may ask for promises, in an epoch above all that it has heard of. */
  | { readonly kind: 'pollWon'; readonly heard: Epoch }
  /** A candidate that had won a poll: it did not come to lead. */
  | { readonly kind: 'campaignLost'; readonly heard: Epoch }
  /** A node that elects: another one, which would have won its poll, says that this node should lead instead. */
  | { readonly kind: 'turnGiven' }
  /** A follower: its leader hands over to it. */
  | { readonly kind: 'handedOver' }
  /** A follower that asked for a hand-over: its leader refuses. */
  | { readonly kind: 'handOverRefused'; readonly why: string }
  /** An elected leader: it is cut off from the majority, or its disk hangs. */
  | { readonly kind: 'resigned'; readonly why: string }
  /** A candidate: its epoch can begin. */
  | { readonly kind: 'elected'; readonly beginning: WonElection }
  /** A leader: the disk had no room for the first batch of the epoch. */
  | { readonly kind: 'markerRefused' }
  /** A leader: nothing can be committed in this epoch any more, but another campaign may get further. */
  | { readonly kind: 'storagesLost' }
  /** A leader: it heard of a higher epoch, or no node accepts this one. `leader` leads the higher one, if that is known. */
  | { readonly kind: 'epochOver'; readonly heard: Epoch; readonly leader: LeaderHint | undefined }
  /** A follower: it promised a higher epoch to another node, which may lead it already. */
  | { readonly kind: 'promisedHigher'; readonly epoch: Epoch; readonly leader: LeaderHint | undefined };
