/**
 * Whether this node supports a node that holds a poll: pure. All stickiness to a leader is here, and none in the promises: a
 * poll decides nothing, and a wrong answer costs a change of leader, never an entry.
 *
 * Sources: pre-vote and leader stickiness (Ongaro 2014, sections 9.6 and 4.2.3).
 */

import type { Poll, PollRefusal } from '../model/messages.ts';
import type { NodeId } from '../model/numbers.ts';
import { comparePlaces } from '../model/place.ts';
import type { Place } from '../model/place.ts';

/** The situation of this node when it is asked. */
export interface Standpoint {
  readonly id: NodeId;
  readonly tip: Place;
  readonly priority: number;
  /** It leads, and a majority confirmed that a moment ago. */
  readonly isLeading: boolean;
  /** The leader that it hears from; `undefined` once that leader has been silent for too long, or has resigned. */
  readonly leader: NodeId | undefined;
  /** It started too recently to have heard from a leader that may exist. */
  readonly isJustStarted: boolean;
  /** The node that campaigns with this node's promise: another one, or this one. */
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
  // If the asker is the leader that this node followed, it asks because it no longer leads: no need to wait for its silence.
  if (own.leader !== undefined && own.leader !== asker.id) return 'hears-leader';
  if (own.isJustStarted && own.leader === undefined) return 'just-started';
  if (own.campaigner !== undefined && own.campaigner !== asker.id) return 'campaign';
  // A removed node. If the asker's log is not behind this one, its member list may be newer than this one's.
  if (own.memberIds?.includes(asker.id) === false && comparePlaces(asker.tip, own.tip) < 0) return 'not-a-member';
  return own.isPolling && standsBefore(own, asker) ? 'stands-before' : null;
}

/** Of two nodes that hold a poll at the same time, one comes first: by the log, then by priority, then by name. */
function standsBefore(own: Asker, other: Asker): boolean {
  const byLog = comparePlaces(own.tip, other.tip);
  if (byLog !== 0) return byLog > 0;
  return own.priority === other.priority ? own.id > other.id : own.priority > other.priority;
}
