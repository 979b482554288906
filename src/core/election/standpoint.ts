/**
 * Whether this node would have the asker of a poll lead: pure. All stickiness to a leader is here, and none in the promises:
 * a poll decides nothing, and a wrong answer costs a change of leader, never an entry.
 *
 * Sources: pre-vote and leader stickiness (Ongaro 2014, sections 9.6 and 4.2.3).
 */

import type { Poll, PollRefusal } from '../model/messages.ts';
import type { NodeId } from '../model/numbers.ts';
import { comparePlaces } from '../model/place.ts';
import type { Place } from '../model/place.ts';

/** How this node stands when it is asked. */
export interface Standpoint {
  readonly id: NodeId;
  readonly tip: Place;
  readonly priority: number;
  /** It leads, and a majority confirmed that a moment ago. */
  readonly isLeading: boolean;
  /** Whom it hears from; `undefined` once that is too long ago, or it said that it leads no more. */
  readonly leader: NodeId | undefined;
  /** Too short a time ago to have heard from a leader that may be there. */
  readonly isJustStarted: boolean;
  /** Who campaigns with this node's promise: another node, or itself. */
  readonly campaigner: NodeId | undefined;
  readonly isPolling: boolean;
  /** Names of the list in force in its log; `undefined` for a blank node. */
  readonly memberIds: readonly NodeId[] | undefined;
}

export interface Asker extends Pick<Poll, 'tip' | 'priority'> {
  readonly id: NodeId;
}

/** @returns why not; `null` if this node would have the asker lead */
export function refusalOfPoll(own: Standpoint, asker: Asker): PollRefusal | null {
  if (own.isLeading) return 'leads';
  // Who followed the asker until now does not wait for it to be silent: it asks because it does not lead any more.
  if (own.leader !== undefined && own.leader !== asker.id) return 'hears-leader';
  if (own.isJustStarted && own.leader === undefined) return 'just-started';
  if (own.campaigner !== undefined && own.campaigner !== asker.id) return 'campaign';
  // A removed node, which nobody needs: whatever list the asker has, a log that is ahead of this one has a later one.
  if (own.memberIds?.includes(asker.id) === false && comparePlaces(asker.tip, own.tip) < 0) return 'not-a-member';
  return own.isPolling && standsBefore(own, asker) ? 'stands-before' : null;
}

/** Of two that hold a poll at once, one comes first: the further log, the higher priority, the greater name. */
function standsBefore(own: Asker, other: Asker): boolean {
  const byLog = comparePlaces(own.tip, other.tip);
  if (byLog !== 0) return byLog > 0;
  return own.priority === other.priority ? own.id > other.id : own.priority > other.priority;
}
