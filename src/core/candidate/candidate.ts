/**
 * A node that seeks to lead: the recovery round.
 *
 * It takes a number above all it heard of, promises it to itself, asks everybody it can reach for the same promise,
 * and brings its own log up to the most advanced one among those that promised. It may begin once a majority of the
 * list in its own log promised and none of those it counts is ahead of it. What happens when nobody has a log, or
 * too few have, is in founding.ts.
 *
 * Invariants: it counts a promise only for its present epoch, only from who the list names with name and storage, and
 * once, under however many addresses that one was reached; it begins only with a log that is wholly durable.
 */

import { Ballot } from './ballot.ts';
import { assert, unreachable } from '../model/assert.ts';
import { canFound, canLeadWithLittleMemory, foundingList, rebuiltList, withMemory } from '../members/founding.ts';
import type { Answering } from '../members/founding.ts';
import { LogFetch } from './log-fetch.ts';
import { epochLeapMax, epochMax, isWithinReach } from '../model/foreign-epoch.ts';
import { isMember, isSound, majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { AcceptorMessage, PromiseGiven } from '../model/messages.ts';
import { epoch, instantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { BatchNumber, ClusterId, Epoch, InstantMs, Offset } from '../model/numbers.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { Beginning, RoleChange } from '../model/role-change.ts';

export class Candidate {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  #epoch: Epoch | undefined;
  /** The highest epoch that anybody spoke of. */
  #highestHeard: Epoch;
  /** No new campaign before this. */
  #nextCampaignAt: InstantMs;
  /** When the last campaign began; `undefined` before the first. */
  #campaignedAt: InstantMs | undefined;
  readonly #ballot = new Ballot();
  /** Sources that did not lend what they have: they count for nothing in this campaign. */
  readonly #leftOut = new Set<Peer>();
  #leftOutAt: InstantMs | undefined;
  #nextRequestAt: InstantMs;
  #fetch: LogFetch | undefined;
  /** Since when all names answer, but too few with the storage that the list knows. */
  #littleMemorySince: InstantMs | undefined;
  /** The highest epoch that was promised out of reach; looked at only if this campaign comes to nothing. */
  #farAhead: Epoch | undefined;
  #isFounding = false;
  #isForced = false;
  #saidWaitingFor = '';

  /** @param start - no campaign before `at`, and all above `heard` */
  constructor(context: NodeContext, peers: Peers, start: { readonly at: InstantMs; readonly heard: Epoch }) {
    this.#context = context;
    this.#peers = peers;
    this.#nextCampaignAt = start.at;
    this.#nextRequestAt = start.at;
    this.#highestHeard = start.heard;
  }

  /** Whom it waits for: names of members, or addresses where nobody was reached. */
  get waitingFor(): string[] {
    const { list } = this.#context.outline;
    const answering = this.#answering();
    if (list !== undefined && this.#context.outline.hasMemory) {
      const holders = withMemory(list, answering);
      return list.members.filter((member) => !holders.includes(member)).map((member) => member.id);
    }
    const reached = new Set(answering.map((answer) => answer.url));
    return this.#context.options.secondaries.filter((url) => !reached.has(url));
  }

  /** For how long the source of a fetch owes something and says nothing. */
  get sourceSilentMs(): number {
    return this.#fetch?.silentMs ?? 0;
  }

  /** Part of a message came in from there. */
  heardBytes(peer: Peer): void {
    if (this.#fetch?.peer === peer) this.#fetch.heard();
  }

  /** @param mayJudge - what others said was read: who was silent is known */
  tick(mayJudge: boolean): RoleChange | undefined {
    const { now, options } = this.#context;
    // The storage that it would campaign with is being given up: what is founded or fetched meanwhile would go with it.
    if (this.#context.isYielding) return undefined;
    if (mayJudge && this.sourceSilentMs >= options.health.unhealthyAfterMs) this.#leaveSourceOut();
    // Without those that were left out it may not be enough: then they are asked again, in another campaign.
    if (this.#leftOutAt !== undefined && now - this.#leftOutAt >= options.health.unhealthyAfterMs && this.#fetch === undefined) {
      this.#giveUp(this.#highestHeard);
    }
    // Without room for its first batch there is nothing to lead with.
    if (this.#context.room.lacking !== undefined) return undefined;
    if (this.#epoch === undefined && now >= this.#nextCampaignAt) this.#campaign();
    else if (this.#epoch !== undefined && now >= this.#nextRequestAt) this.#requestAll(this.#epoch);
    if (this.#farAhead !== undefined && now - (this.#campaignedAt ?? now) >= options.health.unhealthyAfterMs) this.#giveUp(this.#farAhead);
    if (now >= this.#nextRequestAt) this.#nextRequestAt = instantMs(now + options.heartbeatIntervalMs);
    return this.#advance();
  }

  /** Somebody was reached: ask for the promise. */
  greeted(peer: Peer): void {
    if (peer.hello !== undefined && peer.hello.clusterId !== null && !this.#isListed(peer)) {
      // A node with memory that the list does not name: give it the time to be followed by those it knows.
      this.#littleMemorySince = undefined;
    }
    if (this.#epoch !== undefined) this.#request(peer, this.#epoch);
  }

  lost(peer: Peer): void {
    if (this.#fetch?.peer === peer) this.#endFetch('the source was lost');
  }

  received(peer: Peer, message: AcceptorMessage): RoleChange | undefined {
    switch (message.kind) {
      case 'promise':
        this.#promised(peer, message);
        break;
      case 'refuse':
        this.#refused(peer, message.epoch, message.reason);
        break;
      case 'fetchMatch':
      case 'fetched':
      case 'fetchChunkEnd':
        if (message.epoch === this.#epoch && this.#fetch?.peer === peer) this.#fetch.received(message);
        break;
      case 'acknowledge':
      case 'following':
      case 'heartbeatAnswer':
      case 'readRequest':
        break; // Answers to the leader that this node was, in an epoch that has ended.
      case 'hello':
        break;
      default:
        unreachable(message);
    }
    return this.#advance();
  }

  /** Whether it asked anybody: then another node that comes to lead has won. */
  get hasCampaigned(): boolean {
    return this.#campaignedAt !== undefined;
  }

  /** This node promised a higher epoch to somebody else: this one is lost. */
  onHigherPromise(promised: Epoch): void {
    if (this.#epoch !== undefined && promised > this.#epoch) this.#giveUp(promised);
  }

  /** Without a majority, because somebody decided so: a new cluster from this node's log alone. */
  force(clusterId: ClusterId): RoleChange | undefined {
    this.#endFetch('a new cluster is forced');
    this.#campaign();
    this.#context.book.joinCluster(clusterId);
    this.#isForced = true;
    return this.#advance();
  }

  recordSaved(): RoleChange | undefined {
    return this.#advance();
  }

  written(end: BatchNumber): void {
    this.#fetch?.written(end);
  }

  flushed(): RoleChange | undefined {
    return this.#advance();
  }

  logCut(cutId: number): RoleChange | undefined {
    this.#fetch?.logCut(cutId);
    return this.#advance();
  }

  located(locateId: number, offset: Offset | undefined): RoleChange | undefined {
    this.#fetch?.located(locateId, offset);
    return this.#advance();
  }

  /** The disk has no room for what is fetched, or for the first batch: there is nothing to lead with until it has. */
  writeRefused(): void {
    this.#context.out.note('error', 'campaign.waits-for-room', { epoch: this.#epoch });
    this.#giveUp(this.#highestHeard);
  }

  /** What is being written comes from a node that is ahead. */
  get isFetching(): boolean {
    return this.#fetch !== undefined;
  }

  #campaign(): void {
    const { book, out, self } = this.#context;
    const next = epoch(Math.min(Math.max(book.promisedEpoch, this.#highestHeard) + 1, book.promisedEpoch + epochLeapMax));
    if (next > epochMax) return this.#sayWaiting('all epochs are used up: see "rlog repair"', { promised: book.promisedEpoch });
    this.#epoch = next;
    this.#campaignedAt = this.#context.now;
    this.#ballot.clear();
    this.#leftOut.clear();
    this.#leftOutAt = undefined;
    this.#farAhead = undefined;
    this.#littleMemorySince = undefined;
    this.#isFounding = false;
    book.promise(next, self);
    out.note('info', 'campaign.started', { epoch: next });
    this.#requestAll(next);
  }

  /** Asked again now and then, everybody says that it is still there, and how far its log is by now. */
  #requestAll(epochAsked: Epoch): void {
    for (const peer of this.#peers) if (peer.hello !== undefined) this.#request(peer, epochAsked);
  }

  #request(peer: Peer, epochAsked: Epoch): void {
    assert(peer.stream !== undefined, 'who was greeted has a stream');
    this.#context.out.send(peer.stream, { kind: 'requestPromise', epoch: epochAsked });
  }

  #promised(peer: Peer, promise: PromiseGiven): void {
    if (promise.epoch !== this.#epoch || peer.hello === undefined || this.#leftOut.has(peer)) return;
    const { id, storageId } = peer.hello;
    const { options, book } = this.#context;
    // Its own name or storage is nobody else's; and of an epoch that nobody leads yet no log has anything.
    if (id === options.id || storageId === book.storageId) {
      this.#peers.refuse(peer, { code: 'id-taken', reason: `${id} says that it is this node` });
      return this.lost(peer);
    }
    if (promise.tip.epoch >= promise.epoch) return this.#refuseSource(peer, 'it has batches of an epoch that nobody leads yet');
    this.#ballot.count(peer, peer.hello, promise);
  }

  #refused(peer: Peer, theirs: Epoch, reason: string): void {
    if (reason !== 'epoch') {
      if (this.#fetch?.peer === peer) this.#endFetch(`the source refused: ${reason}`);
      return;
    }
    if (this.#epoch !== undefined && this.#peers.leadUp(peer, { from: theirs, to: this.#epoch })) return this.#request(peer, this.#epoch);
    if (!isWithinReach(theirs, this.#context.book.promisedEpoch)) {
      this.#farAhead = epoch(Math.min(epochMax, Math.max(this.#farAhead ?? 0, theirs)));
      this.#peers.refuseFarAhead(peer, theirs);
      return this.lost(peer);
    }
    this.#highestHeard = epoch(Math.max(this.#highestHeard, theirs));
    if (this.#epoch !== undefined && theirs >= this.#epoch) this.#giveUp(theirs);
  }

  /** Tries again above `heard`, after a while of its own length, so that two candidates don't outbid each other for ever. */
  #giveUp(heard: Epoch): void {
    const { options, now } = this.#context;
    this.#endFetch('the campaign ended');
    this.#epoch = undefined;
    this.#isFounding = false;
    this.#leftOutAt = undefined;
    this.#ballot.clear();
    this.#highestHeard = epoch(Math.max(this.#highestHeard, heard));
    this.#nextCampaignAt = instantMs(now + options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()));
  }

  /** Goes on with what came. @returns that the epoch can begin, once it can */
  #advance(): RoleChange | undefined {
    const { book, outline } = this.#context;
    if (this.#epoch === undefined || !book.isSaved) return undefined;
    if (this.#fetch !== undefined) {
      this.#fetch.advance();
      const { peer, isRefused, isComplete } = this.#fetch;
      if (!isRefused && !isComplete) return undefined;
      this.#fetch = undefined;
      if (isRefused) this.#refuseSource(peer, 'its log lacks what is committed here');
      else if (this.#ballot.isAhead(peer, outline.tip)) this.#refuseSource(peer, 'its log ends before the place that it promised with');
    }
    // What is written before a cut has numbers that the first batches of the epoch will have.
    if (!outline.isDurable || outline.openCut !== undefined) return undefined;
    if (this.#isForced) return this.#beginAlone();
    if (this.#isFounding) return this.#beginFounded();
    if (!this.#fetchFromAhead()) {
      if (outline.hasMemory) return this.#tryToLead(outline.list);
      this.#tryToFound();
    }
    return undefined;
  }

  /** Starts to fetch from the most advanced log among those that promised. @returns whether there is one to wait for */
  #fetchFromAhead(): boolean {
    const { outline, book, out } = this.#context;
    const cluster = this.#ballot.clusterToRecover(this.#context.clusterId, this.#peers);
    if ('undecided' in cluster) {
      this.#sayWaiting(cluster.undecided, cluster.facts);
      return true;
    }
    const { clusterId } = cluster;
    const ahead = clusterId === null ? undefined : this.#ballot.mostAdvanced(clusterId, outline.tip);
    if (ahead === undefined || this.#epoch === undefined || clusterId === null) return false;
    out.note('info', 'recovery.started', { from: ahead.id, tip: ahead.promise.tip, ownTip: outline.tip });
    book.joinCluster(clusterId);
    this.#fetch = new LogFetch(this.#context, ahead.peer, this.#epoch);
    if (book.isSaved) this.#fetch.advance();
    return true;
  }

  /** A source that answers and does not lend: a disk that hangs. The others may suffice. */
  #leaveSourceOut(): void {
    if (this.#fetch === undefined) return;
    this.#leftOut.add(this.#fetch.peer);
    this.#leftOutAt = this.#context.now;
    this.#endFetch('the source says nothing');
  }

  #endFetch(why: string): void {
    if (this.#fetch === undefined) return;
    this.#context.out.note('warn', 'recovery.broken-off', { why, logEnd: this.#context.outline.end.offset });
    // What came so far is a valid log, but not yet one to lead with: who is ahead still is.
    this.#ballot.remove(this.#fetch.peer);
    this.#fetch = undefined;
  }

  /** Its log and ours cannot both be right: one for people to look at. */
  #refuseSource(peer: Peer, reason: string): void {
    this.#ballot.remove(peer);
    this.#peers.refuse(peer, { code: 'diverged', reason });
    this.lost(peer);
  }

  /** Everybody whose promise counts, this node included. */
  #answering(): Answering[] {
    const { options, book, outline, clusterId } = this.#context;
    const own: Answering = { id: options.id, storageId: book.storageId, url: options.url, otherUrls: this.#peers.otherUrlsOf(options) };
    const others = this.#ballot.counted({ clusterId, tip: outline.tip });
    return [own, ...others.map((given) => ({ ...given, otherUrls: this.#peers.otherUrlsOf(given.peer) }))];
  }

  #isListed(peer: Peer): boolean {
    const { list } = this.#context.outline;
    return list !== undefined && peer.hello !== undefined && isMember(list, peer.hello);
  }

  #tryToLead(list: MemberList | undefined): RoleChange | undefined {
    assert(list !== undefined, 'a log with a batch has a member list');
    const { options, now, out } = this.#context;
    const answering = this.#answering();
    const holders = withMemory(list, answering);
    if (holders.length >= majorityOf(list.members.length)) {
      return this.#begin({ firstList: undefined, isFoundedAlone: false });
    }
    if (options.newCluster === 'never' || !canLeadWithLittleMemory(list, answering)) {
      this.#littleMemorySince = undefined;
      this.#sayWaiting('too few members promised');
      return undefined;
    }
    this.#littleMemorySince ??= now;
    if (now - this.#littleMemorySince < options.health.unhealthyAfterMs) return undefined;
    const begun = this.#begin({ firstList: (since) => rebuiltList(list, answering, since), isFoundedAlone: false });
    if (begun === undefined) return undefined;
    out.note('warn', 'recovery.with-little-memory', {
      remembering: holders.map((holder) => holder.id),
      members: list.members.map((member) => member.id),
    });
    return begun;
  }

  #tryToFound(): void {
    const { options, book, out } = this.#context;
    if (options.newCluster === 'never') return this.#sayWaiting('NEW_CLUSTER=never forbids to found a cluster');
    const answering = this.#answering();
    // Somebody who is known and did not say yet may be the one that remembers.
    const isOpen = [...this.#peers].some((peer) => !this.#ballot.has(peer) && peer.failures === 0 && !isOfNobody(peer));
    if (isOpen || !canFound({ secondaries: options.secondaries, answering })) {
      return this.#sayWaiting('too few of the named nodes answered');
    }
    const clusterId = this.#context.drawClusterId();
    const reached = new Set(answering.map((answer) => answer.url));
    const silent = options.secondaries.filter((url) => !reached.has(url));
    out.note(silent.length === 0 ? 'info' : 'warn', 'cluster.founded', { clusterId, didNotAnswer: silent });
    book.joinCluster(clusterId);
    this.#isFounding = true;
  }

  #beginFounded(): RoleChange | undefined {
    const { options } = this.#context;
    const answering = this.#answering();
    return this.#begin({
      firstList: (since) => foundingList({ founder: options.id, secondaries: options.secondaries, answering, since }),
      isFoundedAlone: options.secondaries.length === 0,
    });
  }

  #beginAlone(): RoleChange | undefined {
    const { options, book } = this.#context;
    const { id, url } = options;
    return this.#begin({
      firstList: (since) => ({ members: [{ id, storageId: book.storageId, url, since }], removed: [], founder: id }),
      isFoundedAlone: false,
    });
  }

  /** @returns `undefined` if it could not */
  #begin(how: Omit<Beginning, 'epoch'>): RoleChange | undefined {
    const { book, self, outline } = this.#context;
    assert(this.#epoch !== undefined, 'only a campaign begins an epoch');
    assert(book.isPromisedTo(this.#epoch, self), 'the candidate promises itself first');
    assert(outline.isDurable && outline.openCut === undefined, 'an epoch begins on a durable log');
    // Two nodes under one name, or with one storage: one of them is not what it says.
    const list = how.firstList?.(outline.end.number);
    if (list !== undefined && !isSound(list)) {
      this.#sayWaiting('nodes answer under one name, or with one storage', { list });
      return undefined;
    }
    return { kind: 'elected', beginning: { epoch: this.#epoch, ...how } };
  }

  /** Once per reason and set of names, and not before everybody had the time to answer. */
  #sayWaiting(why: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const { now, options } = this.#context;
    if (now - (this.#campaignedAt ?? now) < options.heartbeatIntervalMs) return;
    const waitingFor = this.waitingFor;
    const said = `${why}: ${waitingFor.join()}`;
    if (said === this.#saidWaitingFor) return;
    this.#saidWaitingFor = said;
    this.#context.out.note('info', 'campaign.waiting', { why, waitingFor, ...facts });
  }
}

/** This node itself, or one that says that it is. */
function isOfNobody({ refusal }: Peer): boolean {
  return refusal?.code === 'same-node' || refusal?.code === 'id-taken';
}
