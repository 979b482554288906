/**
 * The nodes that one who leads, or seeks to, must reach: which addresses, who was found there, and when to dial again.
 *
 * Invariant: at most one stream per address, and one address per incarnation that is spoken with: a node that is
 * known under two addresses is reached under one of them.
 */

import { assert } from '../model/assert.ts';
import type { LastKnownPlace } from './last-known-place.ts';
import { isWithinReach, rungsBetween } from '../model/foreign-epoch.ts';
import type { MemberList } from '../model/members.ts';
import type { AcceptorMessage, Hello, OpenerMessage } from '../model/messages.ts';
import { backoffMs } from './context.ts';
import type { NodeContext } from './context.ts';
import { instantMs } from '../model/numbers.ts';
import type { Epoch, InstantMs, StreamId, TimestampMs } from '../model/numbers.ts';

const dialBackoff = { baseMs: 50, capMs: 1000 };
/** An address that was registered, but never reached, is forgotten after this. */
const unreachedMs = 60_000;

export interface PeerRefusal {
  readonly code: 'id-taken' | 'other-cluster' | 'removed' | 'diverged' | 'same-node' | 'out-of-reach' | 'unreachable';
  readonly reason: string;
}

export class Peer {
  readonly url: string;
  stream: StreamId | undefined;
  /** What it said of itself on its present stream. */
  hello: Hello | undefined;
  /** It was led up to an epoch from far below, on its present stream. */
  hasClimbed = false;
  /** When it last said anything, on any stream. */
  lastHeard: InstantMs | undefined;
  /** How far it was when it was heard last, if it was fed. */
  lastKnownPlace: LastKnownPlace | undefined;
  /** What its wall clock said last on its present stream, and when that was heard. */
  clock: { readonly wallClock: TimestampMs; readonly at: InstantMs } | undefined;
  /** When its present stream was opened. */
  openedAt: InstantMs;
  /** Somebody named it by hand: a `DELETE` of its name is undone. */
  isByHand = false;
  /** Why it is not spoken with, as of the last try. */
  refusal: PeerRefusal | undefined;
  /** Dials that failed since the last contact. */
  failures = 0;
  isDialing = false;
  nextDialAt: InstantMs;
  /** Set for addresses that are known only by registration. */
  forgetAt: InstantMs | undefined;

  constructor(url: string, now: InstantMs) {
    this.url = url;
    this.nextDialAt = now;
    this.openedAt = now;
  }
}

/** This node itself, or one that says that it is. */
export function isOfNobody({ refusal }: Pick<Peer, 'refusal'>): boolean {
  return refusal?.code === 'same-node' || refusal?.code === 'id-taken';
}

export class Peers {
  readonly #context: NodeContext;
  readonly #byUrl = new Map<string, Peer>();
  readonly #byStream = new Map<StreamId, Peer>();
  /** The list whose addresses are dialed; `null` before the first look. */
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

  /** Another address under which the same process is spoken with already. */
  sameProcess(peer: Peer): Peer | undefined {
    for (const other of this.#byUrl.values()) {
      if (other !== peer && other.hello !== undefined && other.hello.incarnation === peer.hello?.incarnation) return other;
    }
    return undefined;
  }

  /** Where the same process was found too; it may be this one. */
  otherUrlsOf({ url }: Pick<Peer, 'url'>): string[] {
    return [...this.#byUrl.values()]
      .filter(({ refusal }) => refusal?.code === 'same-node' && refusal.reason === url)
      .map((peer) => peer.url);
  }

  /** Somebody says that a node is there: dial at once. */
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

  /** Makes sure of these addresses, and lets go of all others but the registered ones. */
  #want(urls: ReadonlySet<string>): void {
    for (const url of urls) {
      const peer = this.#byUrl.get(url);
      if (peer === undefined) this.#byUrl.set(url, new Peer(url, this.#context.now));
      else peer.forgetAt = undefined;
    }
    for (const peer of this.#byUrl.values()) {
      if (urls.has(peer.url) || peer.forgetAt !== undefined) continue;
      // Known by registration, and a member until a moment ago: the leader decides anew what it is.
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

  /** The peer said something. */
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

  /** Ends the stream from this side. */
  disconnect(peer: Peer): void {
    if (peer.stream === undefined) return;
    this.#context.out.close(peer.stream);
    this.lost(peer.stream);
  }

  refuse(peer: Peer, refusal: PeerRefusal): void {
    this.disconnect(peer);
    peer.refusal = refusal;
    // Not worth a try every few milliseconds; a registration dials at once.
    const waitMs = refusal.code === 'same-node' ? unreachedMs : dialBackoff.capMs;
    peer.nextDialAt = instantMs(this.#context.now + waitMs);
  }

  /**
   * It refuses an epoch as too far above what it promised: leads it up to where it is within reach.
   * @returns whether it is worth while to ask it again
   */
  leadUp(peer: Peer, { from, to }: { readonly from: Epoch; readonly to: Epoch }): boolean {
    const { stream } = peer;
    if (stream === undefined || peer.hasClimbed || isWithinReach(to, from)) return false;
    peer.hasClimbed = true;
    for (const rung of rungsBetween(from, to)) this.#context.out.send(stream, { kind: 'requestPromise', epoch: rung });
    return true;
  }

  /** It promised what is out of this node's reach: somebody has to look at its promise. */
  refuseFarAhead(peer: Peer, theirs: Epoch): void {
    const { out, promises } = this.#context;
    out.emit('error', 'epoch.out-of-reach', { of: peer.hello?.id, url: peer.url, epoch: theirs, promised: promises.promisedEpoch });
    this.refuse(peer, { code: 'out-of-reach', reason: `it promised epoch ${theirs}: stop it, and see "rlog repair"` });
  }

  closeAll(): void {
    for (const peer of [...this.#byUrl.values()]) this.forget(peer);
    this.#dialedList = null;
  }

  /** Streams that say nothing any more may be half dead: a new one finds out. */
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
