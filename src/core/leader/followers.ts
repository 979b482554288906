/**
 * The nodes that a leader feeds: which ones they are, what they hold, and whether they are well.
 *
 * Invariant: a node counts with what it acknowledged in this epoch with the name and storage that it has now. From the first
 * acknowledgement on a new stream, only what it acknowledges there counts.
 */

import { Acknowledged } from './acknowledged.ts';
import { assert } from '../model/assert.ts';
import { restartFrom } from '../log/agreed-place.ts';
import { agreedPoint, isPointIn } from '../model/epoch-history.ts';
import { FollowerProgress } from './follower-progress.ts';
import { HeartbeatRounds } from './heartbeat-rounds.ts';
import { Lags } from './lags.ts';
import { peerOfMember } from './peer-of-member.ts';
import { MembersHealth } from './members-health.ts';
import { whyNotFed } from './whom-to-feed.ts';
import type { NotFed } from './whom-to-feed.ts';
import { clocksOf } from './member-clocks.ts';
import type { Clocks } from './log-dates.ts';
import { findMember } from '../model/members.ts';
import type { Member, MemberList } from '../model/members.ts';
import { standsForMember } from '../members/list-change.ts';
import type { Reached } from '../members/list-change.ts';
import type { Acknowledge, AcceptorMessage, Following, HeartbeatAnswer, Hello } from '../model/messages.ts';
import type { LogPoint } from '../model/place.ts';
import type { NodeContext } from '../node/context.ts';
import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber, Epoch, NodeId, Offset, StreamId } from '../model/numbers.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { Holder, Holding } from './waiting-appends.ts';

/** What a follower that is catching up gets per tick while appends come in: at least this, or this multiple of what they add. */
const catchUpBytesMin = 256 * 1024;
const catchUpFactor = 2;

export class Followers {
  readonly health: MembersHealth;
  readonly lags: Lags;
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #epoch: Epoch;
  readonly #progress = new Map<Peer, FollowerProgress>();
  readonly #acknowledged: Acknowledged;
  /** One past the last batch that may be sent: the leader's disk had room for it. */
  #feedableEnd: BatchNumber;
  readonly #rounds: HeartbeatRounds;

  constructor(parts: { readonly context: NodeContext; readonly peers: Peers; readonly epoch: Epoch }) {
    this.#context = parts.context;
    this.#peers = parts.peers;
    this.#epoch = parts.epoch;
    this.#rounds = new HeartbeatRounds(parts.context, parts.epoch);
    this.#acknowledged = new Acknowledged(parts.context.out);
    this.#feedableEnd = parts.context.outline.end.number;
    this.health = new MembersHealth({
      context: parts.context,
      epoch: parts.epoch,
      list: () => this.#list,
      peerOf: (member) => this.peerOf(member),
      canStore: (peer) => this.#progress.get(peer)?.canStore !== false,
    });
    this.lags = new Lags({ context: parts.context, peers: parts.peers, progress: this.#progress });
  }

  get #list(): MemberList {
    const { list } = this.#context.outline;
    assert(list !== undefined, 'a leader has a member list');
    return list;
  }

  /** Nodes that are fed but do not count, because they are blank or new. */
  get joining(): Peer[] {
    const list = this.#list;
    return [...this.#progress.keys()].filter(({ hello }) => {
      const member = hello === undefined ? undefined : findMember(list, hello.id);
      return hello !== undefined && member?.storageId !== hello.storageId;
    });
  }

  greeted(peer: Peer): void {
    const { options } = this.#context;
    const { hello, stream } = peer;
    assert(hello !== undefined && stream !== undefined, 'a greeted peer has a stream');
    const others = [...this.#progress.keys()].filter((other) => other !== peer);
    const notFed = whyNotFed(peer, { context: this.#context, list: this.#list, others });
    if (notFed !== undefined) return this.refuse(peer, notFed.reason, notFed.why);
    this.#acknowledged.greeted(hello);
    const { storageId, delayMs } = hello;
    this.#progress.set(peer, new FollowerProgress(stream, { storageId, windowBytes: options.windowBytes, delayMs }));
    this.#sendLead(peer);
    this.health.judge();
  }

  lost(peer: Peer): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    this.lags.logMayHaveGrown();
    this.#progress.delete(peer);
    this.lags.keep(peer, progress);
  }

  refuse(peer: Peer, reason: NotFed, why: string): void {
    const { out, promises } = this.#context;
    if (peer.stream !== undefined) {
      out.send(peer.stream, { kind: 'refuse', epoch: this.#epoch, reason, leader: null, clusterId: promises.state.clusterId });
    }
    this.#peers.refuse(peer, { code: reason, reason: why });
    this.lost(peer);
  }

  /** Refuses the nodes with this name, which was removed. @returns whether there were any */
  refuseNamed(id: NodeId): boolean {
    const peers = [...this.#progress.keys()].filter((peer) => peer.hello?.id === id);
    for (const peer of peers) {
      // If it was registered by hand, that was before it was removed.
      peer.isByHand = false;
      this.refuse(peer, 'removed', `${id} was removed`);
    }
    return peers.length > 0;
  }

  /** The node follows: tells it where its log parts from this one. */
  following(peer: Peer, message: Following): void {
    const progress = this.#progress.get(peer);
    if (progress?.phase !== 'leading') return;
    const { shape } = this.#context.outline;
    const point = agreedPoint(shape, message.shape);
    if (point.number > this.#feedableEnd || !isPointIn(shape, point)) {
      return this.#distrust(peer, 'it claims to hold what nobody was sent');
    }
    const restart = restartFrom(point, this.#context.outline.base);
    progress.match(restart?.base ?? point);
    const acknowledged = this.#acknowledged.takeForgotten(peer, point);
    this.#context.out.send(progress.stream, { kind: 'match', epoch: this.#epoch, point, acknowledged, restart });
  }

  /** The node restarts, and asks for a part of the checkpoint. */
  sendCheckpoint(peer: Peer, { base, position }: Extract<AcceptorMessage, { kind: 'askCheckpoint' }>): void {
    const progress = this.#progress.get(peer);
    if (progress?.phase !== 'matching') return;
    this.#context.out.feedCheckpoint({ stream: progress.stream, epoch: this.#epoch, base, position });
  }

  /** This node's log begins at another base now: who lacks what went starts over, with the checkpoint. */
  rebased(base: LogPoint): void {
    for (const [peer, progress] of this.#progress) {
      if (progress.phase === 'leading' || progress.heldEnd >= base.number) continue;
      this.#progress.set(peer, progress.restarted());
      this.#sendLead(peer);
    }
  }

  /** One past the last batch that each node was sent that speaks with this one. */
  *sentEnds(): IterableIterator<BatchNumber> {
    for (const progress of this.#progress.values()) if (progress.phase !== 'leading' && progress.canStore) yield progress.sentEnd;
  }

  /** The node refuses exactly this epoch, perhaps only the promise of it. */
  refusedEpoch(peer: Peer): void {
    const progress = this.#progress.get(peer);
    if (progress?.phase === 'leading') progress.refusesSince ??= this.#context.now;
  }

  /** Whether a member does not follow in this epoch, because it promised it to another candidate, which did not win it. */
  get isShutOut(): boolean {
    const { now, options } = this.#context;
    for (const [peer, { phase, refusesSince }] of this.#progress) {
      const isLate = phase === 'leading' && refusesSince !== undefined && now - refusesSince >= options.health.suspectedAfterMs;
      if (!isLate || peer.hello === undefined) continue;
      if (standsForMember(this.#list, { ...peer.hello, url: peer.url, otherUrls: this.#peers.otherUrlsOf(peer) })) return true;
    }
    return false;
  }

  /** What the node says about its log cannot be true. */
  #distrust(peer: Peer, reason: string): void {
    this.#context.out.emit('error', 'follower.refused', { follower: peer.hello?.id, url: peer.url, reason });
    this.#peers.refuse(peer, { code: 'diverged', reason });
    this.lost(peer);
  }

  /** The node's promised epoch is far below: leads it up to this one, then sends `lead` again. @returns whether it did */
  leadUp(peer: Peer, theirs: Epoch): boolean {
    if (!this.#progress.has(peer) || !this.#peers.leadUp(peer, { from: theirs, to: this.#epoch })) return false;
    this.#sendLead(peer);
    return true;
  }

  #sendLead({ stream, hello }: Peer): void {
    const { out, promises, forwards } = this.#context;
    const { clusterId } = promises.state;
    assert(clusterId !== null, 'a leader has a cluster');
    if (stream === undefined) return;
    const memberIds = this.#list.members.map((member) => member.id);
    out.send(stream, { kind: 'lead', epoch: this.#epoch, clusterId, memberIds, remembersForwards: forwards.toldTo(hello) });
  }

  /** @returns whether the node holds more than was known */
  acknowledged(peer: Peer, message: Acknowledge): boolean {
    const progress = this.#progress.get(peer);
    if (progress === undefined || peer.hello === undefined) return false;
    const end = batchNumber(message.tip.number + 1);
    const { outline } = this.#context;
    const isHere = isPointIn(outline.shape, { number: end, offset: message.durableEnd });
    if (!isHere || (end > 0 && outline.epochAt(message.tip.number) !== message.tip.epoch)) {
      this.#distrust(peer, 'it acknowledged a place that is not in this log');
      return false;
    }
    if (progress.phase !== 'leading' && end > progress.sentEnd) {
      this.#distrust(peer, 'it acknowledged what it was not sent');
      return false;
    }
    const { now, out } = this.#context;
    const sentAt = progress.acknowledged({ number: end, offset: message.durableEnd, now });
    if (sentAt === undefined) return false;
    out.acknowledged({ follower: peer.hello.id, end: message.durableEnd, ms: now - sentAt });
    this.#acknowledged.set(peer.hello.id, { storageId: peer.hello.storageId, ...message.tip, end: message.durableEnd });
    this.#feed(progress);
    return true;
  }

  answered(peer: Peer, message: HeartbeatAnswer): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    if (message.sequence > this.#rounds.sequence) return this.#distrust(peer, 'it answered a heartbeat that it was not sent');
    progress.answeredSequence = Math.max(progress.answeredSequence, message.sequence);
    if (progress.canStore === message.canStore) return;
    progress.canStore = message.canStore;
    const event = message.canStore ? 'follower.can-store' : 'follower.cannot-store';
    this.#context.out.emit(message.canStore ? 'info' : 'error', event, { follower: peer.hello?.id });
    this.health.judge();
  }

  /**
   * Called once per tick. While appends come in, the budget of a follower that is catching up is limited, so that it does not
   * slow the appends down; but it is always more than they add to the log, so that the follower gets there.
   * @param appendedBytes - since the last call
   */
  grantCatchUpBudget(appendedBytes: number): void {
    const budgetBytes = appendedBytes === 0 ? Number.POSITIVE_INFINITY : Math.max(catchUpBytesMin, catchUpFactor * appendedBytes);
    for (const progress of this.#progress.values()) {
      progress.allowCatchUp(budgetBytes);
      this.#feed(progress);
    }
    this.lags.logMayHaveGrown();
  }

  /** Batches before number `end` may be sent. */
  feedUpTo(end: BatchNumber): void {
    this.#feedableEnd = end;
    for (const progress of this.#progress.values()) this.#feed(progress);
  }

  fed(stream: StreamId, sent: { readonly epoch: Epoch; readonly feedId: number; readonly end: BatchNumber; readonly bytes: number }): void {
    // The storage may take longer for a feed than the epoch lasts, and the stream is used in the next epoch too.
    if (sent.epoch !== this.#epoch) return;
    const peer = this.#peers.ofStream(stream);
    const progress = peer === undefined ? undefined : this.#progress.get(peer);
    if (progress === undefined) return;
    progress.fed({ ...sent, now: this.#context.now });
    this.#feed(progress);
  }

  /** What this node and the others hold, and what is committed in this epoch. */
  holding(committedNumberEnd: BatchNumber): Holding {
    const { durable, committedEnd } = this.#context.outline;
    return { leaderDurableEnd: durable.number, committedNumberEnd, committedEnd, members: this.holders() };
  }

  /** What each member of the list holds durably. */
  holders(): Holder[] {
    const { outline } = this.#context;
    const endOf = (member: Member): BatchNumber => (this.#isSelf(member) ? outline.durable.number : this.#acknowledged.endOf(member));
    // A founder that had no room for its first batch has no list any more, but must still answer what waits.
    return (outline.list?.members ?? []).map((member) => ({ id: member.id, since: member.since, durableEnd: endOf(member) }));
  }

  /** Other addresses that turned out to be this node's own. */
  get ownOtherUrls(): string[] {
    return this.#peers.otherUrlsOf(this.#context.options);
  }

  *reached(): IterableIterator<Reached> {
    for (const [peer, progress] of this.#progress) {
      if (peer.hello === undefined || progress.phase === 'leading') continue;
      const { id, storageId } = peer.hello;
      yield {
        id,
        storageId,
        url: peer.url,
        otherUrls: this.#peers.otherUrlsOf(peer),
        isByHand: peer.isByHand,
        isCaughtUp: progress.isCaughtUp(this.#feedableEnd),
      };
    }
  }

  /** The members' wall clocks. */
  clocks(list: MemberList = this.#list): Clocks {
    return clocksOf(this.#context, list.members, (member) => (this.#isSelf(member) ? 'self' : this.peerOf(member)));
  }

  heartbeat(committedEnd: Offset): void {
    this.#rounds.send(this.#progress, committedEnd);
  }

  /** The nodes that get batches, with the end of what each acknowledged with the storage that it has now. */
  *feeding(): IterableIterator<{ readonly hello: Hello; readonly progress: FollowerProgress; readonly end: BatchNumber }> {
    for (const [{ hello }, progress] of this.#progress) {
      if (hello === undefined || progress.phase !== 'feeding') continue;
      yield { hello, progress, end: this.#acknowledged.endOf(hello) };
    }
  }

  /** Tells all followers not to wait for this leader any more. */
  resign(): void {
    for (const { stream } of this.#progress.values()) this.#context.out.send(stream, { kind: 'resign', epoch: this.#epoch });
  }

  get heartbeatSequence(): number {
    return this.#rounds.sequence;
  }

  /** The newest heartbeat that a majority answered. */
  get confirmedSequence(): number {
    return this.#rounds.confirmed(
      this.#list.members.map((member) => {
        if (this.#isSelf(member)) return 'self';
        const peer = this.peerOf(member);
        return peer === undefined ? undefined : this.#progress.get(peer);
      }),
    );
  }

  #isSelf(member: Member): boolean {
    return member.id === this.#context.options.id && member.storageId === this.#context.promises.storageId;
  }

  /** The peer through which a member is reached, or was last reached. */
  peerOf(member: Member): Peer | undefined {
    return peerOfMember(this.#peers, member);
  }

  #feed(progress: FollowerProgress): void {
    const wish = progress.nextFeed(this.#feedableEnd);
    if (wish === undefined) return;
    this.#context.out.feed({ ...wish, stream: progress.stream, end: this.#feedableEnd, as: 'replicate', epoch: this.#epoch });
  }
}
