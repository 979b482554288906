/** Which part of a leader a message from another node concerns. */

import { unreachable } from '../model/assert.ts';
import type { AcceptorMessage } from '../model/messages.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { Peer } from '../node/peers.ts';
import type { Followers } from './followers.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { ReadIndex } from './read-index.ts';
import type { Succession } from './succession.ts';

interface Parts {
  /** Of the leader's own epoch. */
  readonly message: AcceptorMessage;
  readonly now: InstantMs;
  readonly followers: Followers;
  readonly heartbeats: Heartbeats;
  readonly reads: ReadIndex;
  readonly succession: Succession;
}

/** @returns whether another node holds more than before */
export function hearAcceptor(peer: Peer, { message, now, followers, heartbeats, reads, succession }: Parts): boolean {
  switch (message.kind) {
    case 'following':
      followers.following(peer, message);
      break;
    case 'acknowledge':
      return followers.acknowledged(peer, message);
    case 'heartbeatAnswer':
      followers.answered(peer, message);
      heartbeats.answered();
      break;
    case 'readRequest':
      if (peer.stream !== undefined) reads.addOfFollower({ stream: peer.stream, readId: message.readId }, now);
      break;
    case 'askCheckpoint':
      followers.sendCheckpoint(peer, message);
      break;
    case 'askHandOver':
      succession.asked(peer);
      break;
    case 'declineLead':
      succession.declined(peer, message.why);
      break;
    case 'hello':
    case 'pollAnswer':
    case 'promise':
    case 'refuse':
    case 'fetchMatch':
    case 'fetched':
    case 'fetchChunkEnd':
    case 'checkpointPart':
      break; // Late answers to this node as a candidate.
    default:
      unreachable(message);
  }
  return false;
}
