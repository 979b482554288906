/**
 * The streams between nodes, as the core sees them: those that this node opened as a leader or candidate, or for a poll, and
 * those that others opened, on which it answers as a follower. A stream on which a node breaks the protocol is closed.
 */

import type { Election } from './election/election.ts';
import type { Follower } from './follower/follower.ts';
import type { Introductions } from './introductions.ts';
import { isAcceptorMessage, isOpenerMessage } from './model/message-kinds.ts';
import type { PeerMessage } from './model/messages.ts';
import type { StreamId } from './model/numbers.ts';
import type { RoleChange } from './model/role-change.ts';
import type { NodeContext } from './node/context.ts';
import type { Peer, Peers } from './node/peers.ts';
import type { Roles } from './roles.ts';

interface Parts {
  readonly context: NodeContext;
  readonly peers: Peers;
  readonly follower: Follower;
  readonly roles: Roles;
  readonly election: Election | undefined;
  readonly introductions: Introductions;
}

export class Streams {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dialed(url: string, stream: StreamId): void {
    const { peers, context } = this.#parts;
    if (peers.dialed(url, stream) !== undefined) context.out.send(stream, context.hello());
  }

  /** Drops the streams of peers that were silent for too long: the other end may be long gone. */
  dropSilent(): void {
    for (const peer of this.#parts.peers.silent()) this.#dropSilent(peer);
  }

  lost(stream: StreamId): void {
    const { follower, peers, roles } = this.#parts;
    follower.lost(stream);
    const peer = peers.lost(stream);
    if (peer !== undefined) roles.lost(peer);
  }

  received(stream: StreamId, message: PeerMessage): RoleChange | undefined {
    const { context, election, follower, introductions, peers, roles } = this.#parts;
    if (message.kind === 'hello') context.features.heard(message);
    if (follower.accepts(stream)) {
      if (isOpenerMessage(message)) return follower.received(stream, message);
      this.#hangUp(stream);
      return undefined;
    }
    const peer = peers.ofStream(stream);
    if (peer === undefined) return undefined; // This node has just closed it.
    peers.heard(peer, message);
    if (!isAcceptorMessage(message)) this.#hangUp(stream);
    else if (message.kind === 'hello' && peer.hello !== undefined) this.#hangUp(stream);
    else if (message.kind === 'hello') {
      peer.hello = message;
      peer.lastStorageId = message.storageId;
      peer.refusal = undefined;
      return introductions.greeted(peer);
    } else if (peer.hello !== undefined) {
      const change = message.kind === 'refuse' ? introductions.refused(peer, message) : undefined;
      if (change !== undefined) return change;
      if (message.kind === 'pollAnswer') return election?.answered(peer, message);
      roles.leader?.received(peer, message);
      return roles.candidate?.received(peer, message);
    }
    return undefined;
  }

  /** Part of a message came in: its sender is alive, however long the rest may take. */
  heardBytes(stream: StreamId): void {
    const { context, follower, peers, roles } = this.#parts;
    if (follower.accepts(stream)) return follower.heardBytes(stream);
    const peer = peers.ofStream(stream);
    if (peer === undefined) return;
    peer.lastHeard = context.now;
    roles.candidate?.heardBytes(peer);
  }

  #dropSilent(peer: Peer): void {
    const { context, peers, roles } = this.#parts;
    context.out.emit('info', 'stream.silent', { url: peer.url, peer: peer.hello?.id });
    peers.disconnect(peer);
    roles.lost(peer);
  }

  #hangUp(stream: StreamId): void {
    this.#parts.context.out.close(stream);
    this.lost(stream);
  }
}
