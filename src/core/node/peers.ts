/**
 * The nodes that a leader or candidate must reach: their addresses, which node was found at each, and when to dial again.
 *
 * Invariant: at most one stream per address, and one address in use per incarnation: a node that is known at two addresses is
 * reached through one of them.
 */

import { assert } from '../model/assert.ts';
import type { LastKnownPlace } from './last-known-place.ts';
import { isWithinReach, rungsBetween } from '../model/foreign-epoch.ts';
import type { MemberList } from '../model/members.ts';
import type { AcceptorMessage, Hello, OpenerMessage } from '../model/messages.ts';
import { backoffMs } from './context.ts';
import type { NodeContext } from './context.ts';
import { instantMs } from '../model/numbers.ts';
import type { Epoch, InstantMs, StorageId, StreamId, TimestampMs } from '../model/numbers.ts';

const dialBackoff = { baseMs: 50, capMs: 1000 };
/** An address that was registered but never reached is dropped after this. */
const unreachedMs = 60_000;

export interface PeerRefusal {
  readonly code: 'id-taken' | 'other-cluster' | 'removed' | 'too-old' | 'diverged' | 'same-node' | 'out-of-reach' | 'unreachable';
  readonly reason: string;
}

export class Peer {
  readonly url: string;
  stream: StreamId | undefined;
  /** Its hello on the present stream. */
  hello: Hello | undefined;
  /** The storage of the node that was last heard here. */
  lastStorageId: StorageId | undefined;
  /** It was led up to an epoch far above its own, on the present stream. */
  hasClimbed = false;
  /** When it was last heard, on any stream. */
  lastHeard: InstantMs | undefined;
  /** How far it was when it was last heard, if it was fed. */
  lastKnownPlace: LastKnownPlace | undefined;
  /** Its wall-clock time as last reported on the present stream, and when that came. */
  clock: { readonly wallClock: TimestampMs; readonly at: InstantMs } | undefined;
  /** When the present stream was opened. */
  openedAt: InstantMs;
  /** It was registered by hand, which undoes a `DELETE` of its name. */
  isByHand = false;
  /** Why there is no stream in use with it, as of the last attempt. */
  refusal: PeerRefusal | undefined;
  /** How many dials have failed since the last contact. */
  failures = 0;
  isDialing = false;
  nextDialAt: InstantMs;
  /** When it is dropped unless reached; set for addresses that are known only by registration. */
  forgetAt: InstantMs | undefined;

  constructor(url: string, now: InstantMs) {
    this.url = url;
    this.nextDialAt = now;
    this.openedAt = now;
  }
}

/** Whether no other node is to be expected there: the process is reached at another address, or its name or storage is taken. */
export function isOfNobody({ refusal }: Pick<Peer, 'refusal'>): boolean {
  return refusal?.code === 'same-node' || refusal?.code === 'id-taken';
}

export class Peers {
  readonly #context: NodeContext;
  readonly #byUrl = new Map<string, Peer>();
  readonly #byStream = new Map<StreamId, Peer>();
  /** The list whose addresses are dialed; `null` before the first call of `followList`. */
  #dialedList: MemberList | undefined | null = null;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byUrl.values();
  }

  at(url: string): Peer | undefined {
    return this.#byUrl.get(url);
  }

  ofStream(stream: StreamId): Peer | undefined {
    return this.#byStream.get(stream);
  }

  /** Another peer through which the same process is already reached. */
  sameProcess(peer: Peer): Peer | undefined {
    for (const other of this.#byUrl.values()) {
      if (other !== peer && other.hello !== undefined && other.hello.incarnation === peer.hello?.incarnation) return other;
    }
    return undefined;
  }

  /** Other addresses at which the process of this address, which may be this node's own, was found too. */
  otherUrlsOf({ url }: Pick<Peer, 'url'>): string[] {
    return [...this.#byUrl.values()]
      .filter(({ refusal }) => refusal?.code === 'same-node' && refusal.reason === url)
      .map((peer) => peer.url);
  }

  /** Addresses that are known by registration only: their nodes are no members. */
  get registeredCount(): number {
    let count = 0;
    for (const { forgetAt } of this.#byUrl.values()) if (forgetAt !== undefined) count += 1;
    return count;
  }

  /** A node is said to be at this address: dials it at once. */
  register(url: string, isByHand: boolean): Peer {
    const { now } = this.#context;
    let peer = this.#byUrl.get(url);
    if (peer === undefined) {
      peer = new Peer(url, now);
      peer.forgetAt = instantMs(now + unreachedMs);
      this.#byUrl.set(url, peer);
    }
    if (isByHand) peer.isByHand = true;
    peer.failures = 0;
    peer.nextDialAt = now;
    peer.refusal = undefined;
    return peer;
  }

  /** Dials the members of the list in force and the nodes that the operator named. */
  followList(): void {
    const { options, outline } = this.#context;
    if (this.#dialedList === outline.list) return;
    this.#dialedList = outline.list;
    const urls = new Set(options.secondaries);
    for (const member of outline.list?.members ?? []) if (member.id !== options.id) urls.add(member.url);
    this.#want(urls);
  }

  /** Keeps a peer for each of these addresses. All others are dropped after a while, unless they are connected. */
  #want(urls: ReadonlySet<string>): void {
    for (const url of urls) {
      const peer = this.#byUrl.get(url);
      if (peer === undefined) this.#byUrl.set(url, new Peer(url, this.#context.now));
      else peer.forgetAt = undefined;
    }
    for (const peer of this.#byUrl.values()) {
      if (urls.has(peer.url) || peer.forgetAt !== undefined) continue;
      // It was in the list until now. From now on it counts as registered only, and the leader decides again what it is.
      peer.forgetAt = instantMs(this.#context.now + unreachedMs);
    }
  }

  forget(peer: Peer): void {
    this.disconnect(peer);
    this.#byUrl.delete(peer.url);
  }

  dialed(url: string, stream: StreamId): Peer | undefined {
    const peer = this.#byUrl.get(url);
    if (peer === undefined || !peer.isDialing) {
      this.#context.out.close(stream);
      return undefined;
    }
    assert(peer.stream === undefined, 'one stream per address');
    peer.isDialing = false;
    peer.stream = stream;
    peer.openedAt = this.#context.now;
    peer.hasClimbed = false;
    this.#byStream.set(stream, peer);
    return peer;
  }

  dialFailed(url: string, refusal: PeerRefusal): Peer | undefined {
    const peer = this.#byUrl.get(url);
    if (peer === undefined || !peer.isDialing) return undefined;
    peer.isDialing = false;
    peer.refusal = refusal;
    this.#backOff(peer);
    return peer;
  }

  /** A message came from the peer. */
  heard(peer: Peer, message: AcceptorMessage | OpenerMessage): void {
    const { now } = this.#context;
    peer.lastHeard = now;
    if ((message.kind === 'hello' || message.kind === 'heartbeatAnswer') && message.wallClock !== undefined) {
      peer.clock = { wallClock: message.wallClock, at: now };
    }
    peer.failures = 0;
  }

  lost(stream: StreamId): Peer | undefined {
    const peer = this.#byStream.get(stream);
    if (peer === undefined) return undefined;
    this.#byStream.delete(stream);
    peer.stream = undefined;
    peer.hello = undefined;
    peer.clock = undefined;
    this.#backOff(peer);
    return peer;
  }

  /** Closes the stream from this side. */
  disconnect(peer: Peer): void {
    if (peer.stream === undefined) return;
    this.#context.out.close(peer.stream);
    this.lost(peer.stream);
  }

  refuse(peer: Peer, refusal: PeerRefusal): void {
    this.disconnect(peer);
    peer.refusal = refusal;
    // Another attempt is not worth it every few milliseconds. A registration dials at once.
    const waitMs = refusal.code === 'same-node' ? unreachedMs : dialBackoff.capMs;
    peer.nextDialAt = instantMs(this.#context.now + waitMs);
  }

  /**
   * The peer refuses an epoch that is too far above the one that it promised: leads it up, step by step, to where the epoch is
   * within its reach.
   * @returns whether it is worth asking again
   */
  leadUp(peer: Peer, { from, to }: { readonly from: Epoch; readonly to: Epoch }): boolean {
    const { stream } = peer;
    if (stream === undefined || peer.hasClimbed || isWithinReach(to, from)) return false;
    peer.hasClimbed = true;
    for (const rung of rungsBetween(from, to)) this.#context.out.send(stream, { kind: 'requestPromise', epoch: rung });
    return true;
  }

  /** The peer promised an epoch that is out of this node's reach: an operator must look into it. */
  refuseFarAhead(peer: Peer, theirs: Epoch): void {
    const { out, promises } = this.#context;
    out.emit('error', 'epoch.out-of-reach', { of: peer.hello?.id, url: peer.url, epoch: theirs, promised: promises.promisedEpoch });
    this.refuse(peer, { code: 'out-of-reach', reason: `it promised epoch ${theirs}: stop it, and see "rlog repair"` });
  }

  closeAll(): void {
    for (const peer of [...this.#byUrl.values()]) this.forget(peer);
    this.#dialedList = null;
  }

  /** Peers whose stream has gone silent. It may be half dead, which only a new one would show. */
  silent(): Peer[] {
    const { now, options } = this.#context;
    return [...this.#byUrl.values()].filter((peer) => {
      const lastWord = Math.max(peer.openedAt, peer.lastHeard ?? 0);
      return peer.stream !== undefined && now - lastWord >= options.health.unhealthyAfterMs;
    });
  }

  tick(): void {
    const { now, out } = this.#context;
    for (const peer of this.#byUrl.values()) {
      if (peer.stream !== undefined || peer.isDialing) continue;
      if (peer.forgetAt !== undefined && peer.forgetAt <= now) {
        this.#byUrl.delete(peer.url);
      } else if (peer.nextDialAt <= now) {
        peer.isDialing = true;
        out.dial(peer.url);
      }
    }
  }

  #backOff(peer: Peer): void {
    const waitMs = backoffMs(peer.failures, dialBackoff, this.#context.options.random);
    peer.failures += 1;
    peer.nextDialAt = instantMs(this.#context.now + waitMs);
  }
}
