/** Which messages an opener may send on a stream, and which an acceptor. */

import type { AcceptorMessage, OpenerMessage, PeerMessage } from './messages.ts';

const openerKinds: ReadonlySet<string> = new Set<OpenerMessage['kind']>([
  'hello',
  'poll',
  'yourTurn',
  'resign',
  'takeOver',
  'keepLead',
  'requestPromise',
  'fetch',
  'fetchNext',
  'lead',
  'match',
  'replicate',
  'heartbeat',
  'readAnswer',
  'askCheckpoint',
  'checkpointPart',
  'refuse',
]);

const acceptorKinds: ReadonlySet<string> = new Set<AcceptorMessage['kind']>([
  'hello',
  'pollAnswer',
  'askHandOver',
  'declineLead',
  'promise',
  'fetchMatch',
  'fetched',
  'fetchChunkEnd',
  'following',
  'acknowledge',
  'heartbeatAnswer',
  'readRequest',
  'askCheckpoint',
  'checkpointPart',
  'refuse',
]);

export function isOpenerMessage(message: PeerMessage): message is OpenerMessage {
  return openerKinds.has(message.kind);
}

export function isAcceptorMessage(message: PeerMessage): message is AcceptorMessage {
  return acceptorKinds.has(message.kind);
}
