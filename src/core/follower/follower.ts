/**
 * What every node does for leaders and candidates: it promises epochs (promise-giver.ts), lends its log to a candidate
 * (log-source.ts), and follows a leader (leader-session.ts). It also asks that leader how far the linearizable reads of its
 * own clients must see.
 *
 * Invariants: it takes and acknowledges nothing of an epoch below the one that it promised; it follows one leader, on that
 * leader's newest stream.
 */

import { unreachable } from '../model/assert.ts';
import type { Hello, Lead, LeaderHint, OpenerMessage, Poll, RefusalReason } from '../model/messages.ts';
import { offset } from '../model/numbers.ts';
import type { ClusterId, Epoch, InstantMs, NodeId, RequestId, StreamId } from '../model/numbers.ts';
import type { RoleChange } from '../model/role-change.ts';
import type { NodeContext } from '../node/context.ts';
import type { Yielding } from '../node/yielding.ts';
import type { LeaderContact } from '../election/deadline.ts';
import { BatchChecksums } from './batch-checksums.ts';
import { FollowerReads } from './follower-reads.ts';
import { ContactKeeper } from './leader-contact.ts';
import { LeaderSession } from './leader-session.ts';
import type { FromLeader, StreamEnds } from './leader-session.ts';
import { LogSource } from './log-source.ts';
import { PromiseGiver } from './promise-giver.ts';
import { Refusals } from './refusals.ts';
import { RegistrationTimer } from './registration-timer.ts';

/** A leader that this node is about to follow, once its own epoch or campaign is over. */
interface Adoption {
  readonly session: LeaderSession;
  readonly clusterId: ClusterId;
  readonly isNews: boolean;
  readonly isYielding: boolean;
}

/** Called when a node asks whether this one would support it as the leader. */
type PollListener = (stream: StreamId, poll: Poll, asker: Hello) => void;

/** After this many election timeouts a campaign counts as abandoned. */
const campaignTimeouts = 4;

export class Follower {
  readonly #context: NodeContext;
  readonly #yielding: Yielding;
  /** Streams that other nodes opened, each with the hello of its node. */
  readonly #inbound = new Map<StreamId, Hello | undefined>();
  /** When each of these streams last brought anything. */
  readonly #heardAt = new Map<StreamId, InstantMs>();
  readonly #ends: StreamEnds = {
    refuse: (stream, reason) => this.#refuse(stream, reason),
    hangUp: (stream) => this.#hangUp(stream),
    hangUpAll: () => this.#inbound.forEach((_, stream) => this.#hangUp(stream)),
  };
  readonly #source: LogSource;
  readonly #promiseGiver: PromiseGiver;
  readonly #onPoll: PollListener;
  readonly #registration: RegistrationTimer;
  readonly #checksums = new BatchChecksums();
  readonly #reads = new FollowerReads();
  #session: LeaderSession | undefined;
  #adoption: Adoption | undefined;
  readonly #contact: ContactKeeper;
  readonly #refusals: Refusals;

  constructor(context: NodeContext, yielding: Yielding, onPoll: PollListener) {
    this.#onPoll = onPoll;
    this.#context = context;
    this.#yielding = yielding;
    this.#source = new LogSource(context, (stream) => this.#refuse(stream, 'epoch'));
    this.#refusals = new Refusals(context);
    this.#contact = new ContactKeeper(context);
    this.#promiseGiver = new PromiseGiver(context, this.#ends.refuse);
    this.#registration = new RegistrationTimer(context);
  }

  /** The leader, if this node hears from it. */
  get leader(): LeaderHint | undefined {
    return this.#session?.isInForce === true && this.isFed ? this.#session.hint : undefined;
  }

  /** Whether this node hears from a leader. */
  get isFed(): boolean {
    return this.#session?.isLost === false && this.#contact.isRecent;
  }

  /** Whether the leader has been silent for so long that another node may have to lead. */
  get isLeaderGone(): boolean {
    return !this.#contact.isRecent;
  }

  /** What this node knows about the leader of the newest epoch that it promised. */
  get contact(): LeaderContact {
    return this.#contact.of(this.#session?.isInForce === true ? this.#session : undefined);
  }

  /** The node that campaigns with this node's promise, if it is still connected. */
  get campaigner(): NodeId | undefined {
    const candidate = this.#promiseGiver.candidate(campaignTimeouts * (this.#context.options.elections?.timeoutMs ?? 0));
    return candidate === undefined || this.#session?.isInForce === true ? undefined : this.#inbound.get(candidate)?.id;
  }

  accepted(stream: StreamId): void {
    this.#inbound.set(stream, undefined);
    this.#heardAt.set(stream, this.#context.now);
  }

  accepts(stream: StreamId): boolean {
    return this.#inbound.has(stream);
  }

  lost(stream: StreamId): void {
    this.#inbound.delete(stream);
    this.#heardAt.delete(stream);
    this.#promiseGiver.lost(stream);
    this.#source.lost(stream);
    if (this.#session?.stream !== stream || this.#contact.isLost) return;
    this.#session.lost();
    this.#contact.lost();
    this.#registration.leaderLost();
    this.#context.out.emit('warn', 'leader.lost', { leader: this.#session.leader.id, epoch: this.#session.epoch });
  }

  /** @returns what this changes in who leads. If this node is to follow a leader, its own role ends first, then `adopt` goes on. */
  received(stream: StreamId, message: OpenerMessage): RoleChange | undefined {
    this.#heardAt.set(stream, this.#context.now);
    const peer = this.#inbound.get(stream);
    if (message.kind === 'hello') this.#greeted(stream, message);
    else if (this.#refusals.isOutOfReach(message, peer)) this.#refuse(stream, 'epoch');
    // Without a hello, or while this node gives up its cluster for another one, there is nothing to promise or to follow.
    else if (peer === undefined || this.#context.isYielding) this.#hangUp(stream);
    else return this.#fromPeer(stream, { message, peer });
    return undefined;
  }

  /** Follows the leader that was just accepted, now that this node neither leads nor campaigns itself. */
  adopt(): void {
    if (this.#adoption === undefined) return;
    const { session, clusterId, isNews, isYielding } = this.#adoption;
    const { promises, out } = this.#context;
    this.#adoption = undefined;
    if (isNews) out.emit('info', 'leader.followed', { leader: session.leader.id, epoch: session.epoch });
    if (isYielding) session.yielding(this.#yielding.begin(clusterId, {}));
    else {
      promises.joinCluster(clusterId);
      this.stateSaved();
    }
  }

  /** Part of a message came in. */
  heardBytes(stream: StreamId): void {
    this.#heardAt.set(stream, this.#context.now);
    if (this.#session !== undefined && this.#isOfLeader(stream, this.#session.epoch)) this.#contact.heard();
  }

  stateSaved(): void {
    this.#session?.stateSaved();
    this.#promiseGiver.sendSaved();
  }

  flushed(): void {
    this.#session?.flushed();
    this.#source.start();
  }

  /** How it follows a leader: the storage reports to it. */
  get session(): LeaderSession | undefined {
    return this.#session;
  }

  /** Starts a new session with the leader, which then sends batches from the end of this log on. */
  roomFound(): void {
    if (this.#session?.isLost === false) this.#hangUp(this.#session.stream);
  }

  /** How it lends its log to a candidate. */
  get source(): LogSource {
    return this.#source;
  }

  /** A client's linearizable read: the leader is asked how far it must see. */
  requestRead(requestId: RequestId, timeoutMs: number): void {
    this.#reads.add(requestId, { now: this.#context.now, timeoutMs });
  }

  /** Takes the waiting reads with their deadlines, because this node came to lead or stops. */
  takeReads(): ReturnType<FollowerReads['takeAll']> {
    return this.#reads.takeAll();
  }

  /** @param parts.mayJudge - all input has been read, so a node that seems silent really was */
  tick(parts: { readonly mayRegister: boolean; readonly mayJudge: boolean }): void {
    const { now, options, out } = this.#context;
    // Leaders and candidates send all the time, so the other end of a silent stream is probably long gone.
    for (const [stream, heardAt] of this.#heardAt) {
      if (parts.mayJudge && now - heardAt >= 2 * options.health.unhealthyAfterMs) this.#hangUp(stream);
    }
    if (this.isFed) this.#registration.reset();
    else if (parts.mayRegister) this.#registration.tick();
    for (const requestId of this.#reads.takeExpired(now))
      out.fail(requestId, 'read-timeout', 'the leader did not confirm the read in time');
  }

  /** The last step before the decisions are handed to the driver. */
  settle(): void {
    const { outline, out } = this.#context;
    this.#session?.settle();
    const session = this.#session;
    if (session?.isLost === false) this.#reads.askAll(session, (readId) => session.askRead(readId));
    const held = offset(Math.min(outline.durable.offset, outline.committedEnd));
    const { firstOffset } = outline.controls;
    for (const { requestId, end } of this.#reads.takeReadable({ firstOffset, end: held })) out.reply({ kind: 'readable', requestId, end });
  }

  #fromPeer(
    stream: StreamId,
    { message, peer }: { readonly message: Exclude<OpenerMessage, Hello>; readonly peer: Hello },
  ): RoleChange | undefined {
    switch (message.kind) {
      case 'requestPromise':
        if (!this.#promiseGiver.requested(stream, { epoch: message.epoch, peer })) break;
        return { kind: 'promisedHigher', epoch: message.epoch, leader: undefined };
      case 'lead':
        return this.#lead(stream, { lead: message, peer });
      case 'refuse':
        this.#refusals.received(peer, message.reason);
        break;
      case 'fetch':
        this.#source.fetch(stream, { fetch: message, peer });
        break;
      case 'askCheckpoint':
        this.#source.sendCheckpoint(stream, message);
        break;
      case 'fetchNext':
        this.#source.fetchNext(stream, message);
        break;
      case 'poll':
        this.#onPoll(stream, message, peer);
        break;
      case 'yourTurn':
        return { kind: 'turnGiven' };
      case 'resign':
        if (this.#isOfLeader(stream, message.epoch)) this.#resigned();
        break;
      case 'takeOver':
        if (this.#isOfLeader(stream, message.epoch)) return this.#session?.takeOver() === true ? { kind: 'handedOver' } : undefined;
        break;
      case 'keepLead':
        if (this.#isOfLeader(stream, message.epoch)) return { kind: 'handOverRefused', why: message.why };
        break;
      case 'match':
      case 'replicate':
      case 'heartbeat':
      case 'readAnswer':
      case 'checkpointPart':
        if (this.#isOfLeader(stream, message.epoch)) this.#fromLeader(message);
        else if (this.#hasPromisedAbove(peer, message.epoch)) this.#refuse(stream, 'epoch');
        break;
      default:
        unreachable(message);
    }
    return undefined;
  }

  #greeted(stream: StreamId, hello: Hello): void {
    // Only once: a node does not change its identity on an open stream.
    if (this.#inbound.get(stream) !== undefined) return this.#hangUp(stream);
    this.#inbound.set(stream, hello);
    this.#context.out.send(stream, this.#context.hello());
  }

  #lead(stream: StreamId, { lead, peer }: { readonly lead: Lead; readonly peer: Hello }): RoleChange | undefined {
    const { promises } = this.#context;
    if (lead.epoch < promises.promisedEpoch || promises.isPromisedToAnother(lead.epoch, peer, this.#context.options.id)) {
      this.#refuse(stream, 'epoch');
      return undefined;
    }
    const mine = this.#context.clusterId;
    const isOther = mine !== null && mine !== lead.clusterId;
    const isYielding = isOther && this.#yielding.mayYieldTo(lead);
    if (isOther && !isYielding) {
      this.#refuse(stream, 'other-cluster');
      return undefined;
    }
    const before = this.#session;
    const isNews = before?.epoch !== lead.epoch || before.leader.incarnation !== peer.incarnation;
    if (lead.epoch > promises.promisedEpoch) promises.promise(lead.epoch, peer);
    const session = new LeaderSession(this.#context, { stream, lead, leader: peer, checksums: this.#checksums, ends: this.#ends });
    this.#session = session;
    this.#contact.followed();
    this.#refusals.followed();
    this.#source.stop();
    // Only the newest stream of a leader counts, so the older one is closed.
    // If another leader is on it, it is told first that its epoch is over.
    if (before !== undefined && before.stream !== stream && this.#inbound.has(before.stream)) {
      if (isNews) this.#refuse(before.stream, 'epoch');
      this.#hangUp(before.stream);
    }
    this.#adoption = { session, clusterId: lead.clusterId, isNews, isYielding };
    return { kind: 'promisedHigher', epoch: lead.epoch, leader: session.hint };
  }

  /** Asks the leader to let this node lead instead. */
  askHandOver(): void {
    if (this.#session?.isInForce === true) this.#session.askHandOver();
  }

  /** The leader says that it no longer leads: there is no need to wait for it. */
  #resigned(): void {
    this.#contact.resigned();
    this.#session?.lost();
    this.#registration.leaderLost();
    this.#context.out.emit('info', 'leader.resigned', { leader: this.#session?.leader.id, epoch: this.#session?.epoch });
  }

  #isOfLeader(stream: StreamId, epoch: Epoch): boolean {
    return this.#session?.stream === stream && this.#session.epoch === epoch && this.#session.isInForce;
  }

  /** A promise to the sender itself does not count: its messages as the leader of an earlier epoch may only have been delayed. */
  #hasPromisedAbove(peer: Hello, epoch: Epoch): boolean {
    const { promises } = this.#context;
    return epoch < promises.promisedEpoch && !promises.isPromisedTo(promises.promisedEpoch, peer);
  }

  #fromLeader(message: FromLeader | Extract<OpenerMessage, { kind: 'readAnswer' }>): void {
    this.#contact.heard();
    if (message.kind === 'readAnswer')
      this.#reads.answered(message.readId, { firstOffset: message.firstOffset ?? offset(0), end: message.end });
    else this.#session?.received(message);
  }

  #refuse(stream: StreamId, reason: RefusalReason): void {
    this.#refusals.send(stream, { reason, leader: this.leader });
  }

  #hangUp(stream: StreamId): void {
    this.#context.out.close(stream);
    this.lost(stream);
  }
}
