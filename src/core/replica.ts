/**
 * One node of the replicated log, as a deterministic state machine: events in, decisions out. No socket, file, timer,
 * clock, randomness or promise inside; what it needs of these is handed in.
 *
 * It holds the roles together and decides which one is on: every node is a follower to whoever leads; one that a
 * coordinator named is a candidate until it leads. What each role does is in candidate.ts, leader.ts, follower.ts.
 *
 * Invariants: `durable <= end`; `committedEnd` and the promised epoch never go down; it leads only the epoch that it
 * promised to itself.
 */

import { AppendQueue } from './leader/append-queue.ts';
import { assert, unreachable } from './model/assert.ts';
import { Candidate } from './candidate/candidate.ts';
import { standingOf, standingOfComing } from './model/epoch-history.ts';
import type { SeenEntry } from './model/epoch-history.ts';
import type { AppendRequest, NodeRecord, OtherCluster, Ready, ReplicaEvent } from './model/events.ts';
import { Follower } from './follower/follower.ts';
import { isWithinReach } from './model/foreign-epoch.ts';
import { Leader } from './leader/leader.ts';
import type { LogOutline } from './log/log-outline.ts';
import type { MemberList } from './model/members.ts';
import { LogDates } from './leader/log-dates.ts';
import { isAcceptorMessage, isOpenerMessage } from './model/messages.ts';
import type { LeaderHint, PeerMessage, Refuse } from './model/messages.ts';
import { NodeContext } from './node/context.ts';
import type { ReplicaOptions } from './node/context.ts';
import { epoch, instantMs, offset, storageId } from './model/numbers.ts';
import type { ClusterId, Epoch, InstantMs, Offset, RequestId, StreamId, TimestampMs } from './model/numbers.ts';
import { Outbox } from './node/outbox.ts';
import { Peers } from './node/peers.ts';
import type { Peer } from './node/peers.ts';
import { Promises } from './node/promises.ts';
import { Registrations } from './node/registrations.ts';
import { StalledDisk, stallText } from './node/stalled-disk.ts';
import { memberStatuses } from './status.ts';
import type { ReplicaStatus } from './status.ts';
import { Wakefulness } from './node/wakefulness.ts';
import { WhoAnswers } from './node/who-answers.ts';
import { Yielding } from './node/yielding.ts';

/** What is kept of an append whose messages are in the log, about. */
const placedAppendBytes = 512;

export class Replica {
  readonly #context: NodeContext;
  readonly #queue = new AppendQueue();
  readonly #peers: Peers;
  readonly #registrations: Registrations;
  readonly #whoAnswers: WhoAnswers;
  readonly #follower: Follower;
  readonly #yielding: Yielding;
  readonly #disk: StalledDisk;
  readonly #dates: LogDates;
  readonly #wakefulness = new Wakefulness();
  #candidate: Candidate | undefined;
  #leader: Leader | undefined;
  /** Whether the coordinator would have it lead. */
  #isNamed = false;
  /** Since the coordinator named it last. */
  #hasLed = false;
  /** Named, and yielded to whoever came to lead: it is next when that one is gone. */
  #isSuccessor = false;
  #deposedBy: LeaderHint | undefined;
  #isStopping = false;
  #isStartingOver = false;
  /** The list whose addresses are dialed; `null` before the first look. */
  #dialedList: MemberList | undefined | null = null;
  readonly #saidOtherCluster = new Set<string>();
  #promisedBefore: Epoch;
  #committedBefore: Offset;

  /** @param recovered - what the storage holds, all of it durable; `record` is `undefined` for an empty one */
  constructor(options: ReplicaOptions, recovered: { readonly outline: LogOutline; readonly record: NodeRecord | undefined }) {
    const out = new Outbox();
    const record = recovered.record ?? {
      clusterId: null,
      storageId: storageId(options.drawId()),
      promisedEpoch: epoch(0),
      promisedTo: null,
    };
    const book = new Promises(record, out);
    this.#context = new NodeContext({ options, outline: recovered.outline, book, out });
    this.#peers = new Peers(this.#context);
    this.#disk = new StalledDisk(this.#context);
    this.#dates = new LogDates(this.#context);
    this.#whoAnswers = new WhoAnswers(this.#context);
    this.#registrations = new Registrations({
      context: this.#context,
      peers: this.#peers,
      whoAnswers: this.#whoAnswers,
      isListCertain: () => this.#leader?.isListCommitted === true,
    });
    this.#yielding = new Yielding(this.#context);
    this.#follower = new Follower(this.#context, {
      yielding: this.#yielding,
      onHigherPromise: (by) => this.#onHigherPromise(by.epoch, by.leader),
    });
    this.#promisedBefore = book.promisedEpoch;
    this.#committedBefore = recovered.outline.committedEnd;
  }

  /** Up to where a default read sees: the leader shows what is acknowledged, everybody else what it holds durably. */
  get visibleEnd(): Offset {
    return this.#leader?.acknowledgedEnd ?? this.#context.outline.durable.offset;
  }

  /** The highest epoch that this node promised. */
  get promisedEpoch(): Epoch {
    return this.#context.book.promisedEpoch;
  }

  /** Up to where a `committed` read sees. */
  get committedEnd(): Offset {
    const { outline } = this.#context;
    return offset(Math.min(outline.committedEnd, outline.durable.offset));
  }

  get durableEnd(): Offset {
    return this.#context.outline.durable.offset;
  }

  /** Who leads, this node included; `undefined` while it knows of nobody. */
  get leader(): LeaderHint | undefined {
    const { options } = this.#context;
    if (this.#leader !== undefined) return { id: options.id, url: options.url, epoch: this.#leader.epoch };
    return this.#follower.leader;
  }

  /** Whether appends are for this node: it leads, or it seeks to. */
  get isSeekingOrLeading(): boolean {
    return this.#leader !== undefined || this.#candidate !== undefined;
  }

  get isLeading(): boolean {
    return this.#leader !== undefined;
  }

  /** For how long a node that lends its log to this one owes something and says nothing. */
  get sourceSilentMs(): number {
    return this.#candidate?.sourceSilentMs ?? 0;
  }

  /** Appends that were asked for and not answered. */
  get waitingAppends(): number {
    return this.#queue.length + (this.#leader?.waitingCount ?? 0);
  }

  /** What they hold: their messages until they have a place in the log, and from then on next to nothing. */
  get waitingBytes(): number {
    return this.#queue.byteCount + placedAppendBytes * (this.#leader?.waitingCount ?? 0);
  }

  /** Of its log; `null` while it has none. */
  get clusterId(): ClusterId | null {
    return this.#context.clusterId;
  }

  /**
   * Whether a node that says it is of cluster `theirs` is refused a stream. A cluster without a message may still yield:
   * that is decided once both nodes said who they are.
   * @returns what the caller is told of this node's cluster; `undefined` if the stream is taken
   */
  refusalOf(theirs: string | null): OtherCluster | undefined {
    const { clusterId, hasMessages, outline } = this.#context;
    if (clusterId === null || theirs === null || theirs === clusterId || !hasMessages) return undefined;
    return { clusterId, hasMessages, memberIds: outline.list?.members.map((member) => member.id) ?? [] };
  }

  epochOf(entry: { readonly number: Parameters<LogOutline['epochAt']>[0] }): Epoch {
    return this.#context.outline.epochAt(entry.number);
  }

  /** How an entry that somebody saw, here or on another node, stands with this node's log. */
  standingOf(seen: SeenEntry): ReturnType<typeof standingOf> {
    return standingOf(seen, this.#context.outline.shape);
  }

  /** The same of one that a leader just acknowledged. */
  standingOfComing(seen: SeenEntry): ReturnType<typeof standingOf> {
    return standingOfComing(seen, this.#context.outline.shape);
  }

  /** The time, before an event is handled that has none of its own. */
  setTime(now: InstantMs, wallClock: TimestampMs): void {
    this.#context.now = now;
    this.#context.wallClock = wallClock;
  }

  step(event: ReplicaEvent): void {
    switch (event.kind) {
      case 'ticked':
        this.setTime(event.now, event.wallClock);
        this.#tick();
        break;
      case 'leadershipOffered':
        this.#isNamed = true;
        if (this.isSeekingOrLeading) break;
        this.#hasLed = false;
        this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
        break;
      case 'leadershipWithdrawn':
        this.#isNamed = false;
        this.#isSuccessor = false;
        if (this.#candidate !== undefined) this.#stepDown('this node is not named to lead any more');
        break;
      case 'appendRequested':
        this.#append(event);
        break;
      case 'appendAbandoned':
        if (!this.#queue.drop(event.requestId)) this.#leader?.abandon(event.requestId);
        break;
      case 'readRequested':
        this.#read(event.requestId, event.timeoutMs);
        break;
      case 'registered':
        if (this.isSeekingOrLeading) this.#registrations.add(event.requestId, event);
        else this.#failNotLeader(event.requestId);
        break;
      case 'removalRequested':
        if (this.#leader === undefined) this.#failNotLeader(event.requestId);
        else this.#leader.requestRemoval(event);
        break;
      case 'newClusterForced':
        this.#forceCluster(event.requestId);
        break;
      case 'dialed':
        this.#dialed(event.url, event.stream);
        break;
      case 'dialFailed':
        this.#peers.dialFailed(event.url, { code: 'unreachable', reason: event.reason });
        break;
      case 'dialRefused':
        this.#dialRefused(event);
        break;
      case 'streamAccepted':
        this.#follower.accepted(event.stream);
        break;
      case 'bytesReceived':
        this.#heardBytes(event.stream);
        break;
      case 'streamLost':
        this.#lost(event.stream);
        break;
      case 'messageReceived':
        this.#received(event.stream, event.message);
        break;
      case 'recordSaved':
        this.#context.book.saved(event.version);
        this.#follower.recordSaved();
        this.#candidate?.recordSaved();
        break;
      case 'written':
        this.#disk.written(event.end);
        this.#leader?.written(event.end);
        this.#candidate?.written(event.end);
        break;
      case 'flushed':
        this.#context.outline.flushed(event.end);
        this.#follower.flushed();
        this.#candidate?.flushed();
        this.#leader?.flushed();
        break;
      case 'writeRefused':
        this.#writeRefused(event);
        break;
      case 'roomFound':
        if (this.#context.room.found()) this.#follower.roomFound();
        break;
      case 'logCut':
        this.#context.outline.cutDone({ id: event.cutId, ...event });
        this.#disk.written(event.point.number);
        this.#logCut(event.cutId);
        this.#candidate?.logCut(event.cutId);
        break;
      case 'located':
        this.#follower.located(event.locateId, event.offset);
        this.#candidate?.located(event.locateId, event.offset);
        break;
      case 'fed':
        this.#leader?.followers.fed(event.stream, event);
        this.#follower.fed(event.stream, event.feedId, event.end);
        break;
      case 'stopRequested':
        this.#isStopping = true;
        break;
      case 'stopExpired':
        this.#failAllPending();
        break;
      default:
        unreachable(event);
    }
    this.#changeRole();
    this.#checkInvariants();
  }

  /** What is to be done now. Call it when a turn's events are all in: what came together is written together. */
  takeReady(): Ready | undefined {
    this.#leader?.decideBatch();
    this.#follower.settle();
    return this.#context.out.take();
  }

  status(): ReplicaStatus {
    const { options, outline, book } = this.#context;
    const role = this.#leader !== undefined ? 'leader' : this.#candidate !== undefined ? 'candidate' : 'follower';
    return {
      id: options.id,
      role,
      clusterId: this.#context.clusterId,
      storageId: book.storageId,
      epoch: book.promisedEpoch,
      leader: this.leader,
      deposedBy: this.#deposedBy,
      logEnd: outline.end.offset,
      durableEnd: outline.durable.offset,
      committedEnd: this.committedEnd,
      visibleEnd: this.visibleEnd,
      refusal: this.#refusal(),
      waitingFor: this.#candidate?.waitingFor ?? this.#leader?.followers.health.unhealthy ?? [],
      members: memberStatuses(this.#context, this.#leader),
      waitingAppends: this.waitingAppends,
      canStore: this.#context.room.lacking === undefined,
      lacks: this.#context.room.lacking,
      stall: this.#disk.stall,
      datedAheadMs: this.#dates.aheadMs,
      clockDoubtedMs: this.#dates.doubtedMs,
    };
  }

  #refusal(): ReplicaStatus['refusal'] {
    if (this.#isStopping) return 'shutting-down';
    if (this.isSeekingOrLeading && this.#context.room.lacking !== undefined) return 'no-room';
    if (this.#leader === undefined) return this.leader === undefined ? 'no-leader' : undefined;
    if (!this.#leader.followers.hasQuorum) return 'no-quorum';
    return this.#context.isListed ? undefined : 'no-leader';
  }

  #tick(): void {
    const { now } = this.#context;
    const mayJudge = this.#wakefulness.ticked(now);
    this.#disk.tick(this.#wakefulness.wasRunning);
    this.#dates.tick(this.#leader?.followers.clocks());
    if (this.isSeekingOrLeading) {
      this.#refreshAddresses();
      if (mayJudge) for (const peer of this.#peers.silent()) this.#dropSilent(peer);
      this.#peers.tick();
    }
    this.#context.room.tick(now);
    if (this.#isSuccessor && mayJudge) this.#succeed();
    this.#follower.tick({ mayRegister: !this.isSeekingOrLeading, mayJudge });
    this.#candidate?.tick(mayJudge);
    this.#leader?.tick();
    if (this.#isNamed && this.#leader?.areTooManyStoragesLost === true) this.#campaignAnew('too many members lost their storage');
    if (mayJudge && this.#leader?.followers.isShutOut === true) this.#endEpoch(this.#leader.epoch);
    this.#registrations.settle();
    for (const { requestId } of this.#queue.takeExpired(now)) this.#failUntaken(requestId);
  }

  /** Its time is over, and it was given no place. */
  #failUntaken(requestId: RequestId): void {
    const { out } = this.#context;
    if (this.#leader?.takesAppends === true) return out.fail(requestId, 'disk-slow', stallText(this.#disk.stall));
    const why = this.#leader === undefined ? 'no node led the log in time' : 'this node leads and did not take appends yet';
    out.fail(requestId, 'no-leader', `${why}; nothing was stored`, { waitingFor: this.#candidate?.waitingFor ?? [] });
  }

  #append(request: AppendRequest): void {
    const { out, options, now } = this.#context;
    if (this.#isStopping) out.fail(request.requestId, 'shutting-down', 'this node takes no new appends: it is shutting down');
    else if (!this.isSeekingOrLeading) this.#failNotLeader(request.requestId);
    else if (this.#isWaitingForRoom) this.#failNoRoom(request.requestId);
    else if (this.waitingAppends >= options.pendingAppendsMax) {
      out.fail(request.requestId, 'overloaded', `${this.waitingAppends} appends wait already`);
    } else if (this.waitingAppends > 0 && this.waitingBytes + request.byteCount > options.pendingBytesMax) {
      out.fail(request.requestId, 'overloaded', `${this.waitingBytes} bytes of messages wait already`);
    } else this.#queue.push(request, now);
  }

  #read(requestId: RequestId, timeoutMs: number): void {
    if (this.#leader === undefined) this.#follower.requestRead(requestId, timeoutMs);
    else this.#leader.requestRead(requestId, timeoutMs);
  }

  #failNotLeader(requestId: RequestId): void {
    const { leader } = this;
    const who = leader === undefined ? 'nobody is known to lead' : `${leader.id} leads since epoch ${leader.epoch}`;
    this.#context.out.fail(requestId, 'not-leader', who, leader === undefined ? {} : { leader: leader.id, leaderUrl: leader.url });
  }

  #dialed(url: string, stream: StreamId): void {
    const peer = this.#peers.dialed(url, stream);
    if (peer !== undefined) this.#context.out.send(stream, this.#context.hello());
  }

  #dialRefused(event: { readonly url: string; readonly other: OtherCluster | undefined; readonly reason: string }): void {
    const { url, other, reason } = event;
    if (other === undefined) {
      const peer = this.#peers.dialFailed(url, { code: 'unreachable', reason });
      if (peer !== undefined) this.#whoAnswers.refused(peer, reason);
      return;
    }
    const isYielding = this.#yielding.mayYieldTo(other);
    const conflict = isYielding ? 'this node gives up its empty cluster' : this.#otherCluster(url, other.clusterId);
    this.#peers.dialFailed(url, { code: isYielding ? 'unreachable' : 'other-cluster', reason: conflict });
    if (isYielding) this.#yieldTo(other.clusterId, url);
  }

  #dropSilent(peer: Peer): void {
    this.#context.out.note('info', 'stream.silent', { url: peer.url, peer: peer.hello?.id });
    this.#drop(peer);
  }

  #drop(peer: Peer): void {
    this.#peers.disconnect(peer);
    this.#leader?.followers.lost(peer);
    this.#candidate?.lost(peer);
  }

  #lost(stream: StreamId): void {
    this.#follower.lost(stream);
    const peer = this.#peers.lost(stream);
    if (peer === undefined) return;
    this.#leader?.followers.lost(peer);
    this.#candidate?.lost(peer);
  }

  #received(stream: StreamId, message: PeerMessage): void {
    if (this.#follower.accepts(stream)) {
      if (isOpenerMessage(message)) this.#follower.received(stream, message);
      else this.#hangUp(stream);
      return;
    }
    const peer = this.#peers.ofStream(stream);
    if (peer === undefined) return; // Closed by this node a moment ago.
    this.#peers.heard(peer, message);
    if (!isAcceptorMessage(message)) this.#hangUp(stream);
    else if (message.kind === 'hello' && peer.hello !== undefined) this.#hangUp(stream);
    else if (message.kind === 'hello') {
      peer.hello = message;
      peer.refusal = undefined;
      this.#greeted(peer);
    } else if (peer.hello !== undefined) {
      if (message.kind === 'refuse') this.#refused(peer, message);
      this.#candidate?.received(peer, message);
      this.#leader?.received(peer, message);
    }
  }

  /** Part of a message: whoever sends it is there, however long the rest may take. */
  #heardBytes(stream: StreamId): void {
    if (this.#follower.accepts(stream)) return this.#follower.heardBytes(stream);
    const peer = this.#peers.ofStream(stream);
    if (peer === undefined) return;
    peer.lastHeard = this.#context.now;
    this.#candidate?.heardBytes(peer);
  }

  /** It does not keep to the protocol. */
  #hangUp(stream: StreamId): void {
    this.#context.out.close(stream);
    this.#lost(stream);
  }

  #greeted(peer: Peer): void {
    const { hello } = peer;
    if (hello === undefined || this.#isMyself(peer) || this.#dropAlias(peer)) return;
    const mine = this.#context.clusterId;
    if (mine !== null && hello.clusterId !== null && hello.clusterId !== mine) {
      const other = { clusterId: hello.clusterId, memberIds: hello.memberIds, hasMessages: hello.hasMessages };
      if (this.#yielding.mayYieldTo(other)) return this.#yieldTo(other.clusterId, peer.url);
      if (other.hasMessages) {
        this.#peers.refuse(peer, { code: 'other-cluster', reason: this.#otherCluster(peer.url, other.clusterId) });
        return;
      }
      // Its cluster is empty: it yields to this one when it hears who leads.
    }
    this.#whoAnswers.greeted(peer);
    this.#candidate?.greeted(peer);
    this.#leader?.followers.greeted(peer);
    this.#registrations.settle();
  }

  /** An address among the named ones may be this node's own. */
  #isMyself(peer: Peer): boolean {
    const { options, out } = this.#context;
    if (peer.hello?.incarnation !== options.incarnation) return false;
    out.note('warn', 'peer.is-this-node', { url: peer.url, advertisedUrl: options.url });
    this.#peers.refuse(peer, { code: 'same-node', reason: options.url });
    return true;
  }

  /** One process under two addresses: the one that the operator named wins. @returns whether `peer` was the other one */
  #dropAlias(peer: Peer): boolean {
    const twin = this.#peers.sameProcess(peer);
    if (twin === undefined) return false;
    const named = new Set(this.#context.options.secondaries);
    const dropped = named.has(peer.url) && !named.has(twin.url) ? twin : peer;
    const kept = dropped === peer ? twin : peer;
    this.#whoAnswers.twins({ dropped, kept });
    this.#leader?.followers.lost(dropped);
    this.#candidate?.lost(dropped);
    this.#peers.refuse(dropped, { code: 'same-node', reason: kept.url });
    if (dropped.isByHand) kept.isByHand = true;
    return dropped === peer;
  }

  #refused(peer: Peer, refusal: Refuse): void {
    const { out } = this.#context;
    switch (refusal.reason) {
      case 'epoch':
        if (this.#leader === undefined || this.#leader.followers.leadUp(peer, refusal.epoch)) break;
        if (refusal.epoch === this.#leader.epoch) this.#leader.followers.refusedEpoch(peer);
        if (refusal.epoch <= this.#leader.epoch) break;
        if (!isWithinReach(refusal.epoch, this.promisedEpoch)) {
          this.#peers.refuseFarAhead(peer, refusal.epoch);
          this.#leader.followers.lost(peer);
          break;
        }
        if (refusal.leader !== null && refusal.leader.epoch > this.#leader.epoch) this.#depose(refusal.leader);
        else this.#endEpoch(refusal.epoch);
        break;
      case 'other-cluster':
        if (refusal.clusterId === null) break;
        // It was greeted before this node had a cluster of its own.
        if (peer.hello !== undefined && this.#yielding.mayYieldTo(peer.hello)) return this.#yieldTo(refusal.clusterId, peer.url);
        this.#peers.refuse(peer, { code: 'other-cluster', reason: this.#otherCluster(peer.url, refusal.clusterId) });
        this.#leader?.followers.lost(peer);
        break;
      case 'diverged':
        out.note('error', 'follower.diverged', { follower: peer.hello?.id, url: peer.url });
        this.#peers.refuse(peer, { code: 'diverged', reason: 'it would have to cut what it knows to be committed' });
        this.#leader?.followers.lost(peer);
        break;
      case 'id-taken':
      case 'removed':
        break; // Only leaders say so.
      default:
        unreachable(refusal.reason);
    }
  }

  /**
   * This node promised a higher epoch to somebody else. Who led and hears another one lead steps down; who campaigned
   * and hears that another one came to lead yields to it.
   */
  #onHigherPromise(promised: Epoch, leader: LeaderHint | undefined): void {
    if (leader !== undefined && this.#hasLed) this.#depose(leader);
    else if (this.#leader !== undefined) this.#endEpoch(promised);
    else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#yieldLeadership(leader);
    else this.#candidate?.outbid(promised);
  }

  /** It lost: it follows, and what waited in its line is for who leads. It seeks to lead again once that one is gone. */
  #yieldLeadership(to: LeaderHint): void {
    this.#context.out.note('info', 'campaign.yielded', { to: to.id, epoch: to.epoch });
    this.#stepDown('another node leads');
    this.#isSuccessor = true;
  }

  #succeed(): void {
    if (this.#follower.isLeaderGone) this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** Somebody else leads a higher epoch: this node steps down, and stays down until a coordinator names it again. */
  #depose(by: LeaderHint): void {
    const { out } = this.#context;
    if (!this.isSeekingOrLeading) return;
    out.note('error', 'leader.deposed', { by: by.id, url: by.url, epoch: by.epoch });
    this.#deposedBy = by;
    this.#stepDown('this node was deposed');
  }

  /** Neither leads nor seeks to any more; what waited for that is for another node. */
  #stepDown(why: string): void {
    this.#endReign();
    this.#candidate = undefined;
    this.#peers.closeAll();
    this.#dialedList = null;
    for (const { requestId } of this.#queue.takeAll()) this.#failNotLeader(requestId);
    this.#registrations.failAll(why);
  }

  /** Writers are told how it stands. Readers wait on, for whoever leads next. */
  #endReign(): void {
    const { now } = this.#context;
    for (const { requestId, deadline } of this.#leader?.takeReads() ?? []) this.#follower.requestRead(requestId, deadline - now);
    this.#leader?.end('epoch-ended');
    this.#leader = undefined;
  }

  /** A higher promise was heard of: the epoch is over, and the next campaign goes above it. */
  #endEpoch(heard: Epoch): void {
    if (this.#leader === undefined) return;
    const { out, options } = this.#context;
    out.note('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.#endReign();
    this.#startCandidacy({ afterMs: options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()), heard });
  }

  #campaignAnew(why: string): void {
    this.#context.out.note('warn', 'epoch.given-up', { epoch: this.#leader?.epoch, why });
    this.#endReign();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  #startCandidacy(start: { readonly afterMs: number; readonly heard: Epoch }): void {
    if (!this.#isNamed) return this.#stepDown('this node is not named to lead any more');
    this.#deposedBy = undefined;
    this.#isSuccessor = false;
    const at = instantMs(this.#context.now + start.afterMs);
    this.#candidate = new Candidate(this.#context, this.#peers, { at, heard: start.heard });
  }

  #changeRole(): void {
    const beginning = this.#candidate?.beginning;
    if (beginning !== undefined) {
      assert(this.#leader === undefined, 'a candidate does not lead');
      this.#candidate = undefined;
      this.#hasLed = true;
      this.#leader = new Leader({ context: this.#context, peers: this.#peers, queue: this.#queue, dates: this.#dates, beginning });
      for (const { requestId, deadline } of this.#follower.takeReads()) this.#read(requestId, deadline - this.#context.now);
    }
    if (this.#leader?.isMarkerRefused === true) {
      this.#endReign();
      this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
      this.#candidate?.writeRefused();
    }
    if (this.#isWaitingForRoom) for (const { requestId } of this.#queue.takeAll()) this.#failNoRoom(requestId);
  }

  get #isWaitingForRoom(): boolean {
    return this.#candidate !== undefined && this.#context.room.lacking !== undefined;
  }

  #failNoRoom(requestId: RequestId): void {
    const lacks = this.#context.room.lacking;
    const detail = `this node has too little ${lacks}, and cannot lead before there is more; nothing was stored`;
    this.#context.out.fail(requestId, 'no-room', detail, { lacks });
  }

  #refreshAddresses(): void {
    const { options, outline } = this.#context;
    if (this.#dialedList === outline.list) return;
    this.#dialedList = outline.list;
    const urls = new Set(options.secondaries);
    for (const member of outline.list?.members ?? []) if (member.id !== options.id) urls.add(member.url);
    this.#peers.want(urls);
  }

  #writeRefused({ number, bytes, lacks }: Extract<ReplicaEvent, { kind: 'writeRefused' }>): void {
    const { outline, room, now } = this.#context;
    const wasInLog = outline.rollBack(number);
    room.refused({ what: lacks, bytes, logEnd: outline.end.offset, now });
    if (!wasInLog) return;
    if (this.#leader !== undefined) this.#leader.writeRefused(number);
    // A node that seeks to lead may follow another one meanwhile: then it is what that one sent that found no room.
    else if (this.#candidate?.isFetching === true) this.#candidate.writeRefused();
  }

  #yieldTo(clusterId: ClusterId, url: string): void {
    this.#endReign();
    this.#candidate = undefined;
    for (const peer of [...this.#peers]) this.#peers.disconnect(peer);
    this.#isStartingOver = true;
    this.#yielding.begin(clusterId, { url });
  }

  #logCut(cutId: number): void {
    if (this.#yielding.logCut(cutId) && this.#isStartingOver) this.#startOver();
    this.#follower.logCut(cutId);
  }

  /** After it gave up its empty cluster for one that it met by itself: it seeks to lead again, as a blank node. */
  #startOver(): void {
    this.#isStartingOver = false;
    this.#hasLed = false;
    // Those that it was connected with are asked again before anything is founded anew.
    for (const peer of this.#peers) this.#peers.register(peer.url, false);
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  #forceCluster(requestId: RequestId): void {
    const { out, outline } = this.#context;
    if (!this.isSeekingOrLeading) {
      out.fail(requestId, 'not-leader', 'start the node to keep as the master first');
    } else if (this.#leader?.followers.hasQuorum === true && this.#leader.isMarkerCommitted) {
      out.fail(requestId, 'quorum-present', 'a majority of the members is there: remove without force');
    } else if (!outline.hasMemory) {
      out.fail(requestId, 'not-found', 'this node has no log to start a new cluster from');
    } else {
      const clusterId = this.#context.drawClusterId();
      out.note('warn', 'cluster.forced', {
        from: this.#context.clusterId,
        to: clusterId,
        dropped: outline.list?.members.map((member) => member.id),
      });
      // Whoever decided this named it, whatever the coordinator thinks of it by now.
      this.#isNamed = true;
      this.#endReign();
      this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
      assert(this.#candidate !== undefined, 'who is named seeks to lead');
      this.#candidate.force(clusterId);
      out.reply({ kind: 'clusterForced', requestId, clusterId });
    }
  }

  #failAllPending(): void {
    const { out } = this.#context;
    for (const { requestId } of this.#queue.takeAll()) out.fail(requestId, 'shutting-down', 'this node shut down before it was stored');
    this.#leader?.end('stopped-while-waiting');
    this.#registrations.failAll('this node is shutting down');
    for (const { requestId } of this.#follower.takeReads()) out.fail(requestId, 'shutting-down', 'this node is shutting down');
  }

  /** Once per address and cluster, at `error`: somebody must decide. */
  #otherCluster(url: string, theirs: ClusterId): string {
    const mine = this.#context.clusterId;
    const reason = `the node at ${url} belongs to cluster ${theirs}, this one to ${mine ?? 'none yet'}`;
    if (!this.#saidOtherCluster.has(reason)) {
      this.#saidOtherCluster.add(reason);
      this.#context.out.note('error', 'cluster.other', { url, theirs, mine });
    }
    return reason;
  }

  #checkInvariants(): void {
    const { outline, book } = this.#context;
    assert(outline.durable.number <= outline.end.number, 'durable <= end');
    assert(outline.durable.offset <= outline.end.offset, 'durableEnd <= logEnd');
    assert(outline.committedEnd <= outline.end.offset, 'committedEnd <= logEnd');
    assert(outline.committedEnd >= this.#committedBefore, 'committedEnd never goes down');
    assert(book.promisedEpoch >= this.#promisedBefore, 'the promised epoch never goes down');
    assert(
      this.#leader === undefined || book.isPromisedTo(this.#leader.epoch, this.#context.self),
      'a leader leads the epoch that it promised itself',
    );
    this.#committedBefore = outline.committedEnd;
    this.#promisedBefore = book.promisedEpoch;
  }
}
