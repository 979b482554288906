/**
 * A node that seeks to lead: the recovery round.
 *
 * It takes an epoch above all that it has heard of, promises it to itself, asks every node that it can reach for the same
 * promise, and brings its own log up to the most advanced one among those that promised. Its epoch may begin once a majority
 * of the list in its own log has promised, and no node that it counts is ahead of it. What happens when no node has a log, or
 * too few have one, is in founding.ts.
 *
 * Invariants: a promise counts only in the epoch that it was given for, once for each node, and towards the majority only if
 * the list names both the node and its storage. An epoch begins only when the whole log is durable.
 */

import { missingOf, promisersOf } from './promisers.ts';
import { Ballot } from './ballot.ts';
import { forced, founded, goingOn, rebuilt } from './beginnings.ts';
import { Recovery } from './recovery.ts';
import { WaitingLog } from './waiting-log.ts';
import { assert, unreachable } from '../model/assert.ts';
import { canFound, canRecoverWithoutQuorum, knownStorages } from '../members/founding.ts';
import { epochLeapMax, epochMax, isWithinReach } from '../model/foreign-epoch.ts';
import { isMember, isSound, majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { AcceptorMessage, PromiseGiven } from '../model/messages.ts';
import { epoch, instantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { ClusterId, Epoch, InstantMs } from '../model/numbers.ts';
import { isOfNobody } from '../node/peers.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { WonElection, RoleChange } from '../model/role-change.ts';

export class Candidate {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  #epoch: Epoch | undefined;
  /** The highest epoch that any node has mentioned. */
  #highestHeard: Epoch;
  /** No new campaign before this. */
  #nextCampaignAt: InstantMs;
  /** When the last campaign began; `undefined` before the first. */
  #campaignedAt: InstantMs | undefined;
  readonly #ballot = new Ballot();
  readonly #recovery: Recovery;
  #nextRequestAt: InstantMs;
  /** Since when all members answer, but too few of them with the storage that the list names. */
  #withoutQuorumSince: InstantMs | undefined;
  /** The highest epoch that a refusal named and that is out of reach; used only if this campaign fails. */
  #farAhead: Epoch | undefined;
  #isFounding = false;
  #isForced = false;
  readonly #waitingLog: WaitingLog;
  /** It won a poll, which allows it one campaign: if it loses, it holds another poll first. */
  readonly #isElected: boolean;
  #isLost = false;

  /** @param start - campaign no earlier than `at`, and only in epochs above `heard` */
  constructor(context: NodeContext, peers: Peers, start: { readonly at: InstantMs; readonly heard: Epoch; readonly isElected?: boolean }) {
    this.#context = context;
    this.#peers = peers;
    this.#waitingLog = new WaitingLog(context);
    this.#recovery = new Recovery(context, peers, this.#ballot);
    this.#nextCampaignAt = start.at;
    this.#nextRequestAt = start.at;
    this.#highestHeard = start.heard;
    this.#isElected = start.isElected ?? false;
  }

  /** The nodes that it waits for: names of members, or addresses where it has reached no node. */
  get waitingFor(): string[] {
    return missingOf(this.#context, promisersOf(this.#context, this.#peers, this.#ballot));
  }

  /** How long the source of a fetch has owed an answer and been silent. */
  get sourceSilentMs(): number {
    return this.#recovery.sourceSilentMs;
  }

  heardBytes(peer: Peer): void {
    this.#recovery.heardBytes(peer);
  }

  /** @param mayJudge - all input has been read, so a node that seems silent really was */
  tick(mayJudge: boolean): RoleChange | undefined {
    const { now, options } = this.#context;
    // This storage is being given up: anything founded or fetched meanwhile would go with it.
    if (this.#context.isYielding) return undefined;
    if (mayJudge) this.#recovery.leaveSilentSourceOut();
    // A node without room for its first batch cannot lead.
    const hasRoom = this.#context.room.lacking === undefined;
    if (this.#recovery.isOutOfSources || this.#isTakingTooLong || (this.#isElected && !hasRoom)) this.#giveUp(this.#highestHeard);
    if (this.#isLost || !hasRoom) return this.#isLost ? this.#advance() : undefined;
    if (this.#epoch === undefined && now >= this.#nextCampaignAt) this.#campaign();
    else if (this.#epoch !== undefined && now >= this.#nextRequestAt) this.#requestAll(this.#epoch);
    if (this.#farAhead !== undefined && now - (this.#campaignedAt ?? now) >= options.health.unhealthyAfterMs) this.#giveUp(this.#farAhead);
    if (now >= this.#nextRequestAt) this.#nextRequestAt = instantMs(now + options.heartbeatIntervalMs);
    return this.#advance();
  }

  /** A node was reached: ask it for its promise. */
  greeted(peer: Peer): void {
    if (peer.hello !== undefined && peer.hello.clusterId !== null && !this.#isListed(peer)) {
      // A node with a log that the list does not name: give it time to find the nodes of its own cluster.
      this.#withoutQuorumSince = undefined;
    }
    if (this.#epoch !== undefined) this.#request(peer, this.#epoch);
  }

  lost(peer: Peer): void {
    this.#recovery.lost(peer);
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
      case 'checkpointPart':
        if (message.epoch === this.#epoch) this.#recovery.received(peer, message);
        break;
      case 'acknowledge':
      case 'following':
      case 'heartbeatAnswer':
      case 'readRequest':
      case 'askCheckpoint':
      case 'askHandOver':
      case 'declineLead':
        break; // Answers to this node as the leader of an epoch that has ended.
      case 'hello':
      case 'pollAnswer':
        break;
      default:
        unreachable(message);
    }
    return this.#advance();
  }

  /** Whether it has asked for promises: if it has, another node that comes to lead has won. */
  get hasCampaigned(): boolean {
    return this.#campaignedAt !== undefined;
  }

  /** This node promised a higher epoch to another node: this campaign is lost. */
  onHigherPromise(promised: Epoch): void {
    if (this.#epoch !== undefined && promised > this.#epoch) this.#giveUp(promised);
  }

  /** An operator decided to go on without a majority: a new cluster from this node's log alone. */
  force(clusterId: ClusterId): RoleChange | undefined {
    this.#recovery.breakOff('a new cluster is forced');
    this.#campaign();
    this.#context.promises.joinCluster(clusterId);
    this.#isForced = true;
    return this.#advance();
  }

  /** Something was saved, flushed or cut, which may be what it waited for. */
  worked(): RoleChange | undefined {
    return this.#advance();
  }

  /** How it brings its log up to the most advanced one. After a report to it, call `worked`. */
  get recovery(): Recovery {
    return this.#recovery;
  }

  /** The disk has no room for a fetched batch or for the first batch of the epoch: the node cannot lead until there is room. */
  writeRefused(): void {
    this.#context.out.emit('error', 'campaign.waits-for-room', { epoch: this.#epoch });
    this.#giveUp(this.#highestHeard);
  }

  /** Whether it begins a new cluster from its own log. */
  get isForced(): boolean {
    return this.#isForced;
  }

  /** Whether it is copying the log of a node that is ahead. */
  get isFetching(): boolean {
    return this.#recovery.isFetching;
  }

  #campaign(): void {
    const { promises, out, self } = this.#context;
    const next = epoch(Math.min(Math.max(promises.promisedEpoch, this.#highestHeard) + 1, promises.promisedEpoch + epochLeapMax));
    if (next > epochMax) return this.#logWaiting('all epochs are used up: see "rlog repair"', { promised: promises.promisedEpoch });
    this.#epoch = next;
    this.#campaignedAt = this.#context.now;
    this.#ballot.clear();
    this.#recovery.startAnew();
    this.#farAhead = undefined;
    this.#withoutQuorumSince = undefined;
    this.#isFounding = false;
    promises.promise(next, self);
    out.emit('info', 'campaign.started', { epoch: next });
    this.#requestAll(next);
  }

  /** The campaign has lasted twice the election timeout, and no log is coming in: the others hold polls by now. */
  get #isTakingTooLong(): boolean {
    const { elections } = this.#context.options;
    // All members answer, but too few have their storage: wait, in case one more comes back with it.
    if (!this.#isElected || elections === undefined || this.#withoutQuorumSince !== undefined) return false;
    return this.#recovery.isLate(this.#campaignedAt, 2 * elections.timeoutMs);
  }

  /** Asks again from time to time: the answers show who is still there, and how far each log is by now. */
  #requestAll(epochAsked: Epoch): void {
    for (const peer of this.#peers) if (peer.hello !== undefined) this.#request(peer, epochAsked);
  }

  #request(peer: Peer, epochAsked: Epoch): void {
    assert(peer.stream !== undefined, 'a greeted peer has a stream');
    this.#context.out.send(peer.stream, { kind: 'requestPromise', epoch: epochAsked });
  }

  #promised(peer: Peer, promise: PromiseGiven): void {
    if (promise.epoch !== this.#epoch || peer.hello === undefined || this.#recovery.isLeftOut(peer)) return;
    const { id, storageId } = peer.hello;
    const { options, promises } = this.#context;
    // No other node has this node's name or storage, and no log can hold batches of an epoch that has no leader yet.
    if (id === options.id || storageId === promises.storageId) {
      this.#peers.refuse(peer, { code: 'id-taken', reason: `${id} says that it is this node` });
      return this.lost(peer);
    }
    if (promise.tip.epoch >= promise.epoch) return this.#recovery.refuse(peer, 'it has batches of an epoch that nobody leads yet');
    this.#ballot.count(peer, peer.hello, promise);
  }

  #refused(peer: Peer, theirs: Epoch, reason: string): void {
    if (reason !== 'epoch') {
      return this.#recovery.lost(peer, `the source refused: ${reason}`);
    }
    if (this.#epoch !== undefined && this.#peers.leadUp(peer, { from: theirs, to: this.#epoch })) return this.#request(peer, this.#epoch);
    if (!isWithinReach(theirs, this.#context.promises.promisedEpoch)) {
      this.#farAhead = epoch(Math.min(epochMax, Math.max(this.#farAhead ?? 0, theirs)));
      this.#peers.refuseFarAhead(peer, theirs);
      return this.lost(peer);
    }
    this.#highestHeard = epoch(Math.max(this.#highestHeard, theirs));
    if (this.#epoch !== undefined && theirs >= this.#epoch) this.#giveUp(theirs);
  }

  /** Tries again above `heard` after a random delay, so that two candidates do not outbid each other forever. */
  #giveUp(heard: Epoch): void {
    const { options, now } = this.#context;
    this.#recovery.end('the campaign ended');
    this.#epoch = undefined;
    this.#isFounding = false;
    this.#ballot.clear();
    this.#highestHeard = epoch(Math.max(this.#highestHeard, heard));
    this.#nextCampaignAt = instantMs(now + options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()));
    this.#isLost = this.#isElected;
  }

  /** Takes the next step that is possible now. @returns the change of role once the epoch can begin, or the campaign is lost */
  #advance(): RoleChange | undefined {
    const { promises, options, outline } = this.#context;
    if (this.#isLost) return { kind: 'campaignLost', heard: this.#highestHeard };
    if (this.#epoch === undefined || !promises.isSaved) return undefined;
    if (!this.#recovery.advance()) return undefined;
    // Batches that are still to be cut have the numbers that the first batches of the epoch will have.
    if (!outline.isDurable || outline.openCut !== undefined) return undefined;
    if (this.#isForced) return this.#begin(forced({ id: options.id, storageId: promises.storageId, url: options.url }));
    if (this.#isFounding) {
      return this.#begin(
        founded({
          founder: options.id,
          secondaries: options.secondaries,
          promisers: promisersOf(this.#context, this.#peers, this.#ballot),
        }),
      );
    }
    const step = this.#recovery.fetchFromAhead(this.#epoch);
    if (typeof step === 'object') this.#logWaiting(step.undecided, step.facts);
    else if (step === 'complete' && outline.hasLog) return this.#tryToLead(outline.list);
    else if (step === 'complete') this.#tryToFound();
    return undefined;
  }

  #isListed(peer: Peer): boolean {
    const { list } = this.#context.outline;
    return list !== undefined && peer.hello !== undefined && isMember(list, peer.hello);
  }

  #tryToLead(list: MemberList | undefined): RoleChange | undefined {
    assert(list !== undefined, 'a log with a batch has a member list');
    const { options, now, out } = this.#context;
    const promisers = promisersOf(this.#context, this.#peers, this.#ballot);
    const holders = knownStorages(list, promisers);
    if (holders.length >= majorityOf(list.members.length)) return this.#begin(goingOn);
    if (!this.#context.mayRecoverWith(holders.length) || !canRecoverWithoutQuorum(list, promisers)) {
      this.#withoutQuorumSince = undefined;
      this.#logWaiting(this.#context.hasForgotten ? 'this storage forgot, and too few remember' : 'too few members promised');
      return undefined;
    }
    this.#withoutQuorumSince ??= now;
    if (now - this.#withoutQuorumSince < options.health.unhealthyAfterMs) return undefined;
    const begun = this.#begin(rebuilt(list, promisers));
    if (begun === undefined) return undefined;
    out.emit('warn', 'recovery.with-little-memory', {
      remembering: holders.map((holder) => holder.id),
      members: list.members.map((member) => member.id),
    });
    return begun;
  }

  #tryToFound(): void {
    const { options, promises, out, whyNotFound } = this.#context;
    if (whyNotFound !== undefined) return this.#logWaiting(whyNotFound);
    const promisers = promisersOf(this.#context, this.#peers, this.#ballot);
    // A known node that has not answered yet may be the one that has a log.
    const isOpen = [...this.#peers].some((peer) => !this.#ballot.has(peer) && peer.failures === 0 && !isOfNobody(peer));
    const { secondaries, foundsWithAll: areAllNeeded } = options;
    if (isOpen || !canFound({ secondaries, promisers, areAllNeeded })) {
      return this.#logWaiting('too few of the named nodes answered');
    }
    const clusterId = this.#context.drawClusterId();
    const reached = new Set(promisers.map((answer) => answer.url));
    const silent = options.secondaries.filter((url) => !reached.has(url));
    out.emit(silent.length === 0 ? 'info' : 'warn', 'cluster.founded', { clusterId, didNotAnswer: silent });
    promises.joinCluster(clusterId);
    this.#isFounding = true;
  }

  /** @returns `undefined` if the epoch cannot begin */
  #begin(how: Omit<WonElection, 'epoch'>): RoleChange | undefined {
    const { promises, self, outline } = this.#context;
    assert(this.#epoch !== undefined, 'only a campaign begins an epoch');
    assert(promises.isPromisedTo(this.#epoch, self), 'the candidate promises itself first');
    assert(outline.isDurable && outline.openCut === undefined, 'an epoch begins on a durable log');
    // If two nodes have one name or one storage, one of them is not what it says it is.
    const list = how.firstList?.(outline.end.number);
    if (list !== undefined && !isSound(list)) {
      this.#logWaiting('nodes answer under one name, or with one storage', { list });
      return undefined;
    }
    return { kind: 'elected', beginning: { epoch: this.#epoch, ...how } };
  }

  #logWaiting(why: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#waitingLog.emit({ why, waitingFor: this.waitingFor, since: this.#campaignedAt, facts });
  }
}
