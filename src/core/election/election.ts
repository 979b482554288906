/**
 * When a node seeks to lead, in a cluster that elects its leader: it hears from no leader for long enough, holds a poll, and
 * asks for promises only if a majority of its list supports it. A blank node seeks to lead only as the founder, once all nodes
 * that the operator named answer and all of them are blank.
 *
 * Safety does not depend on this file: promises alone decide who leads (promises.ts), and a poll saves nothing. A node that is
 * cut off holds one poll after another without raising its epoch, so it disturbs no leader when it is back.
 *
 * Sources: pre-vote, leader stickiness and check-quorum (Ongaro 2014, sections 9.6, 4.2.3, 6.2).
 */

import { isWithinReach } from '../model/foreign-epoch.ts';
import type { Hello, LeaderHint, Poll, PollAnswer } from '../model/messages.ts';
import { epoch } from '../model/numbers.ts';
import type { Epoch, InstantMs, NodeId, StreamId } from '../model/numbers.ts';
import type { RoleChange } from '../model/role-change.ts';
import type { ElectionOptions, NodeContext } from '../node/context.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { StalledDisk } from '../node/stalled-disk.ts';
import { PollQuestion } from './ask.ts';
import { ElectionDeadline, goneAt } from './deadline.ts';
import type { LeaderContact, Timing } from './deadline.ts';
import { MovedMembers } from './moved-members.ts';
import { PollRecord } from './poll-record.ts';
import type { PollAnswers, PollCounts } from './poll-record.ts';
import { PollRound } from './poll.ts';
import { Reach } from './reach.ts';
import { refusalOfPoll } from './standpoint.ts';
import { TooFew } from './too-few.ts';

/** How often a node that is ahead is given the turn. It may have reasons of its own not to lead. */
const turnsGivenMax = 2;

/** The roles of this node, as far as they matter to a poll. */
export interface Standing {
  readonly isSeekingOrLeading: boolean;
  /** It leads, and a majority confirmed that a moment ago. */
  readonly isLeading: boolean;
  readonly contact: LeaderContact;
  /** The leader, if this node knows it. */
  readonly hint: LeaderHint | undefined;
  /** The node that campaigns with this node's promise: another one that is connected, or this one. */
  readonly campaigner: NodeId | undefined;
}

/** Where a node stands in elections, for people. */
export interface ElectionStatus {
  readonly state: 'following' | 'polling' | 'campaigning' | 'leading';
  readonly priority: number;
  /** What the others answered to the last poll that this node lost, by name. */
  readonly lastPoll: { readonly refusals: PollAnswers } | null;
  readonly polls: PollCounts;
  /** Members that it could not reach when it last checked. */
  readonly unreachable: readonly NodeId[];
}

interface Parts {
  readonly context: NodeContext;
  readonly options: ElectionOptions;
  readonly peers: Peers;
  readonly disk: StalledDisk;
  readonly standing: Standing;
}

export class Election {
  readonly #parts: Parts;
  readonly #context: NodeContext;
  readonly #timing: Timing;
  /** The time of the first tick. */
  #startedAt: InstantMs | undefined;
  readonly #deadline: ElectionDeadline;
  #rounds = 0;
  #poll: PollQuestion | undefined;
  #turnsGiven = 0;
  /** The highest epoch that any node has mentioned: the next campaign goes above it. */
  #heard: Epoch = epoch(0);
  #hadCampaigner = false;
  readonly #record = new PollRecord();
  readonly #reach: Reach;
  readonly #tooFew: TooFew;
  readonly #moved: MovedMembers;

  /** @returns `undefined` where a coordinator names the leader */
  static of(parts: Omit<Parts, 'options'>): Election | undefined {
    const { elections } = parts.context.options;
    return elections === undefined ? undefined : new Election({ ...parts, options: elections });
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#context = parts.context;
    const { options } = parts.context;
    this.#timing = { timeoutMs: parts.options.timeoutMs, heartbeatIntervalMs: options.heartbeatIntervalMs };
    this.#deadline = new ElectionDeadline(this.#timing, options.random);
    this.#reach = new Reach(parts.context, parts.peers);
    this.#tooFew = new TooFew(parts.context);
    this.#moved = new MovedMembers(parts.peers);
  }

  status(): ElectionStatus {
    const { standing, options, context } = this.#parts;
    const isCampaigning = standing.campaigner === context.options.id;
    const other = isCampaigning ? 'campaigning' : this.#isPolling ? 'polling' : 'following';
    return {
      state: standing.isSeekingOrLeading && !isCampaigning ? 'leading' : other,
      priority: options.priority,
      lastPoll: this.#record.lastLost === undefined ? null : { refusals: this.#record.lastLost },
      polls: this.#record.counts,
      unreachable: this.#reach.missing,
    };
  }

  /** Whether it reached enough members to be elected when it last checked. */
  get reachesEnough(): boolean {
    return this.#reach.wouldSuffice(this.#leader);
  }

  /** The silent members, if they are so many that no node can come to lead; `undefined` unless this has lasted for a while. */
  get missingForMajority(): readonly NodeId[] | undefined {
    return this.#tooFew.missing;
  }

  /** It dials the others: for a poll, or to check that it could reach them for one. */
  get isDialing(): boolean {
    return this.#isPolling || this.#reach.isLooking;
  }

  get #isPolling(): boolean {
    return this.#poll !== undefined;
  }

  /** @param mayJudge - all input has been read, so a node that seems silent really was */
  tick(mayJudge: boolean): RoleChange | undefined {
    const { standing } = this.#parts;
    const { now } = this.#context;
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      this.#deadline.start(now);
      // No node can be leading yet, or no other node can.
      if (!this.#context.outline.hasLog || this.#isAlone) this.#deadline.isDue(now);
    }
    this.#noteCampaigner();
    if (standing.isSeekingOrLeading) {
      this.#tooFew.clear();
      return undefined;
    }
    this.#reach.tick(this.#leader !== undefined && this.#context.isListed && this.#poll === undefined);
    if (this.#leader !== undefined) {
      this.#turnsGiven = 0;
      this.#record.led();
    }
    if (this.#isProvidedFor) this.#tooFew.clear();
    if (this.#poll !== undefined && this.#isProvidedFor) this.#close();
    if (this.#poll !== undefined && now >= this.#poll.until) this.#fail(this.#poll.round);
    this.#poll?.askAgain();
    if (this.#poll !== undefined || !mayJudge || standing.campaigner !== undefined || !this.#mayLead) return undefined;
    return this.#deadline.isOver(standing.contact, now) ? this.#open() : undefined;
  }

  /** A node was reached: ask for its answer. */
  greeted(peer: Peer): RoleChange | undefined {
    this.#reach.greeted(peer);
    if (this.#poll === undefined || peer.hello === undefined || peer.stream === undefined) return undefined;
    this.#heardOf(peer.hello.epoch);
    if (!this.#context.outline.hasLog) return this.#foundIfAllAreBlank();
    this.#poll.ask(peer);
    return undefined;
  }

  answered(peer: Peer, answer: PollAnswer): RoleChange | undefined {
    const { list } = this.#context.outline;
    this.#heardOf(answer.epoch);
    if (this.#poll === undefined || peer.hello === undefined || list === undefined) return undefined;
    const { standing } = this.#parts;
    // Meanwhile this node leads or campaigns, follows a leader, gave a promise, or could no longer lead.
    if (standing.isSeekingOrLeading) return undefined;
    if (this.#isProvidedFor || !this.#mayLead) {
      this.#close();
      return undefined;
    }
    const { round } = this.#poll;
    const { id, storageId } = peer.hello;
    round.count(peer, { id, storageId, url: peer.url, otherUrls: this.#parts.peers.otherUrlsOf(peer) }, answer);
    const result = round.result(this.#own(), { list, mayRecoverWithoutQuorum: this.#context.mayRecoverWithoutQuorum });
    if (result.kind === 'open') return undefined;
    if (result.kind === 'ahead' && this.#turnsGiven < turnsGivenMax) this.#giveTurn(result.peer);
    else return this.#win();
    return undefined;
  }

  lost(peer: Peer): void {
    this.#poll?.round.lost(peer);
  }

  /** Another node asks whether this one would support it as the leader. */
  asked(stream: StreamId, poll: Poll, asker: Hello): void {
    const { context, options, standing } = this.#parts;
    const { promises, outline, out, now } = context;
    const { contact } = standing;
    this.#moved.asked(asker, outline.list);
    if (this.#isPolling) this.#moved.dial(outline.list);
    const own = {
      id: context.options.id,
      tip: outline.durableTip,
      priority: options.priority,
      isLeading: standing.isLeading,
      leader: this.#leader,
      isJustStarted: contact.heardAt === undefined && now - (this.#startedAt ?? now) < options.timeoutMs,
      campaigner: standing.campaigner,
      isPolling: this.#isPolling,
      memberIds: outline.list?.members.map((member) => member.id),
    };
    out.send(stream, {
      kind: 'pollAnswer',
      epoch: promises.promisedEpoch,
      round: poll.round,
      refusal: refusalOfPoll(own, { id: asker.id, tip: poll.tip, priority: poll.priority }),
      tip: outline.durableTip,
      canLead: this.#mayLead,
      priority: options.priority,
      leader: standing.hint ?? null,
    });
  }

  /** A node that would have won its poll prefers this one (its log is ahead, or its priority higher): it holds a poll itself. */
  givenTurn(): void {
    if (this.#leader === undefined) this.#deadline.isDue(this.#context.now);
  }

  /** This node campaigns for another reason. */
  closePoll(): void {
    this.#reach.stop();
    this.#poll = undefined;
  }

  /** A campaign failed, or an epoch is over: another node may come first. */
  campaignLost(heard: Epoch): void {
    this.#heardOf(heard);
    this.#stepBack();
  }

  /** This node led and resigned: the others come first. */
  resigned(): void {
    const { timeoutMs } = this.#timing;
    this.#deadline.postpone(this.#context.now, { ms: timeoutMs, spreadMs: timeoutMs / 2 });
  }

  /** An epoch that is out of reach is a mistake, and no campaign goes above it. */
  #heardOf(theirs: Epoch): void {
    if (isWithinReach(theirs, this.#context.promises.promisedEpoch)) this.#heard = epoch(Math.max(this.#heard, theirs));
  }

  /** A random delay, so that the nodes do not all ask at once. */
  #stepBack(): void {
    this.#deadline.postpone(this.#context.now, { ms: 0, spreadMs: 2 * this.#timing.heartbeatIntervalMs });
  }

  /** A node leads, or campaigns with this node's promise: a poll is pointless. */
  get #isProvidedFor(): boolean {
    return this.#leader !== undefined || this.#parts.standing.campaigner !== undefined;
  }

  /** The leader that this node hears from. */
  get #leader(): NodeId | undefined {
    const { contact } = this.#parts.standing;
    const gone = goneAt(contact, this.#timing);
    return gone === undefined || this.#context.now >= gone ? undefined : contact.leader;
  }

  /** It is a member with room and a disk that responds; or the founder, before there is a cluster. */
  get #mayLead(): boolean {
    const { isListed, isYielding, outline, room, whyNotFound } = this.#context;
    if (isYielding || room.lacking !== undefined || this.#parts.disk.stall !== undefined) return false;
    if (!outline.hasLog) return this.#parts.options.isFounder && whyNotFound === undefined;
    return isListed;
  }

  /** If the node that had this node's promise is gone and no leader came of it, waits before the next poll. */
  #noteCampaigner(): void {
    const hasCampaigner = this.#parts.standing.campaigner !== undefined;
    if (this.#hadCampaigner && !hasCampaigner && this.#leader === undefined) this.#stepBack();
    this.#hadCampaigner = hasCampaigner;
  }

  get #isAlone(): boolean {
    const { outline, options } = this.#context;
    return outline.hasLog ? outline.list?.members.length === 1 : options.secondaries.length === 0;
  }

  #open(): RoleChange | undefined {
    const { outline, out } = this.#context;
    if (this.#isAlone) return this.#win();
    this.#rounds += 1;
    this.#poll = new PollQuestion(this.#context, { round: new PollRound(this.#rounds), priority: this.#parts.options.priority });
    out.emit('info', 'poll.started', { round: this.#rounds, tip: outline.durableTip });
    this.#moved.dial(outline.list);
    return undefined;
  }

  #win(): RoleChange {
    if (this.#poll !== undefined) this.#record.won();
    this.#poll = undefined;
    this.#turnsGiven = 0;
    return { kind: 'pollWon', heard: this.#heard };
  }

  #giveTurn(peer: Peer): void {
    const { promises, out, now } = this.#context;
    if (this.#poll === undefined || peer.stream === undefined) return;
    out.emit('info', 'poll.deferred', { to: peer.hello?.id });
    out.send(peer.stream, { kind: 'yourTurn', epoch: promises.promisedEpoch, round: this.#poll.round.round });
    this.#turnsGiven += 1;
    this.#record.deferred();
    this.#close();
    this.#deadline.postpone(now, { ms: this.#timing.timeoutMs, spreadMs: 0 });
  }

  #fail(round: PollRound<Peer>): void {
    const { outline, out, now } = this.#context;
    const { timeoutMs } = this.#timing;
    const answers = round.refusals();
    if (this.#record.lost(answers)) out.emit('info', 'poll.failed', { answers, members: outline.list?.members.map(({ id }) => id) });
    const leaderlessSince = this.#parts.standing.contact.heardAt ?? this.#startedAt ?? now;
    this.#tooFew.polled({ list: outline.list, answered: Object.keys(answers), leaderlessSince });
    this.#close();
    this.#deadline.postpone(now, { ms: timeoutMs / 2, spreadMs: timeoutMs });
  }

  #close(): void {
    this.#poll = undefined;
    this.#parts.peers.closeAll();
  }

  #foundIfAllAreBlank(): RoleChange | undefined {
    const { peers } = this.#parts;
    if (this.#parts.standing.isSeekingOrLeading || !this.#mayLead) return undefined;
    const areBlank = this.#context.options.secondaries.every((url) => peers.at(url)?.hello?.clusterId === null);
    return areBlank ? this.#win() : undefined;
  }

  #own(): Parameters<PollRound<Peer>['result']>[0] {
    const { options, promises, outline } = this.#context;
    const { id, url } = options;
    const { priority } = this.#parts.options;
    return { id, storageId: promises.storageId, url, otherUrls: this.#parts.peers.otherUrlsOf(options), tip: outline.durableTip, priority };
  }
}
