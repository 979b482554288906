/**
 * When a node of a cluster that elects its leader seeks to lead: it hears from nobody for long enough, holds a poll, and only
 * if a majority of its list would have it lead does it ask for promises. A blank node seeks to lead only as the founder, once
 * all that the operator named answer, and all are blank.
 *
 * Safety is not here: promises alone decide who leads (promises.ts), and a poll saves nothing. Whoever is cut off holds polls
 * for ever without an epoch that grows, so that it disturbs nobody when it is back.
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
import { PollRecord } from './poll-record.ts';
import type { PollAnswers, PollCounts } from './poll-record.ts';
import { PollRound } from './poll.ts';
import { Reach } from './reach.ts';
import { refusalOfPoll } from './standpoint.ts';
import { TooFew } from './too-few.ts';

/** Who is ahead may have reasons of its own not to lead: so often it is given the turn. */
const turnsGivenMax = 2;

/** What the roles of this node are, as far as a poll is about them. */
export interface Standing {
  readonly isSeekingOrLeading: boolean;
  /** It leads, and a majority confirmed that a moment ago. */
  readonly isLeading: boolean;
  readonly contact: LeaderContact;
  /** Who leads, if that is known. */
  readonly hint: LeaderHint | undefined;
  /** Who campaigns with a promise of this node: another node that is there, or this one. */
  readonly campaigner: NodeId | undefined;
}

/** Where a node stands in elections, for people. */
export interface ElectionStatus {
  readonly state: 'following' | 'polling' | 'campaigning' | 'leading';
  readonly priority: number;
  /** What the others said to the last poll of this node that was lost, by name. */
  readonly lastPoll: { readonly refusals: PollAnswers } | null;
  readonly polls: PollCounts;
  /** Members that it did not reach when it looked last; it would have to, to come to lead. */
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
  /** When it was first told the time. */
  #startedAt: InstantMs | undefined;
  readonly #deadline: ElectionDeadline;
  #rounds = 0;
  #poll: PollQuestion | undefined;
  #turnsGiven = 0;
  /** The highest epoch that anybody spoke of: the next campaign goes above it. */
  #heard: Epoch = epoch(0);
  #hadCampaigner = false;
  readonly #record = new PollRecord();
  readonly #reach: Reach;
  readonly #tooFew: TooFew;

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

  /** Whether it reaches enough members to be elected, as of its last look. */
  get reachesEnough(): boolean {
    return this.#reach.wouldSuffice(this.#leader);
  }

  /** Whom a majority lacks, so that nobody can come to lead; `undefined` unless that has been so for a while. */
  get missingForMajority(): readonly NodeId[] | undefined {
    return this.#tooFew.missing;
  }

  /** It dials the others: for a poll, or to see whether it could. */
  get isDialing(): boolean {
    return this.#isPolling || this.#reach.isLooking;
  }

  get #isPolling(): boolean {
    return this.#poll !== undefined;
  }

  /** @param mayJudge - what others said was read: who was silent is known */
  tick(mayJudge: boolean): RoleChange | undefined {
    const { standing } = this.#parts;
    const { now } = this.#context;
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      this.#deadline.start(now);
      // Nobody can lead yet, or nobody else.
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

  /** Somebody was reached: ask what it thinks. */
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
    // Meanwhile it follows somebody, or promised somebody, or could not lead any more.
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

  /** Another node asks whether this one would have it lead. */
  asked(stream: StreamId, poll: Poll, asker: Hello): void {
    const { context, options, standing } = this.#parts;
    const { promises, outline, out, now } = context;
    const { contact } = standing;
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

  /** Who won a poll says that this node's log is ahead: it holds one of its own. */
  givenTurn(): void {
    if (this.#leader === undefined) this.#deadline.isDue(this.#context.now);
  }

  /** This node campaigns for another reason. */
  closePoll(): void {
    this.#reach.stop();
    this.#poll = undefined;
  }

  /** A campaign came to nothing, or an epoch is over: another node may come first. */
  campaignLost(heard: Epoch): void {
    this.#heardOf(heard);
    this.#stepBack();
  }

  /** This node led, and was cut off from the others: they come first. */
  resigned(): void {
    const { timeoutMs } = this.#timing;
    this.#deadline.postpone(this.#context.now, { ms: timeoutMs, spreadMs: timeoutMs / 2 });
  }

  /** What is out of reach is somebody's mistake: no campaign goes there. */
  #heardOf(theirs: Epoch): void {
    if (isWithinReach(theirs, this.#context.promises.promisedEpoch)) this.#heard = epoch(Math.max(this.#heard, theirs));
  }

  /** Not everybody at once asks next. */
  #stepBack(): void {
    this.#deadline.postpone(this.#context.now, { ms: 0, spreadMs: 2 * this.#timing.heartbeatIntervalMs });
  }

  /** Somebody leads, or seeks to with this node's promise: a poll is pointless. */
  get #isProvidedFor(): boolean {
    return this.#leader !== undefined || this.#parts.standing.campaigner !== undefined;
  }

  /** Whom this node hears from. */
  get #leader(): NodeId | undefined {
    const { contact } = this.#parts.standing;
    const gone = goneAt(contact, this.#timing);
    return gone === undefined || this.#context.now >= gone ? undefined : contact.leader;
  }

  /** A member that has room, and whose disk answers; or the founder, before there is a cluster. */
  get #mayLead(): boolean {
    const { isListed, isYielding, outline, room, whyNotFound } = this.#context;
    if (isYielding || room.lacking !== undefined || this.#parts.disk.stall !== undefined) return false;
    if (!outline.hasLog) return this.#parts.options.isFounder && whyNotFound === undefined;
    return isListed;
  }

  /** Whoever had this node's promise is gone, and leads nobody. */
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
