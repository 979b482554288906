/**
 * One node of the replicated log, as a deterministic state machine: events in, decisions out. There is no socket, file, timer,
 * clock, randomness or JavaScript promise inside; what it needs of these is handed in.
 *
 * It passes each event on to the part that handles it. Every node follows any leader; one that a coordinator named is also a
 * candidate until it leads. roles.ts ties this together. admission.ts decides which appends are accepted, introductions.ts what
 * to do with a peer, and streams.ts handles what comes in on a stream.
 *
 * Invariants: `durable <= end`; `committedEnd` and the promised epoch never go down; a node leads only an epoch that it
 * promised to itself.
 */

import { Admission } from './admission.ts';
import { unreachable } from './model/assert.ts';
import type { LogShape } from './model/epoch-history.ts';
import type { NodeState, OtherCluster, Ready, ReplicaEvent } from './model/events.ts';
import { forceCluster } from './forced-cluster.ts';
import { Election } from './election/election.ts';
import { Follower } from './follower/follower.ts';
import { Invariants } from './invariants.ts';
import { Introductions } from './introductions.ts';
import type { LogOutline } from './log/log-outline.ts';
import { LogDates } from './leader/log-dates.ts';
import type { KnownLeader } from './model/forward-identity.ts';
import type { LeaderHint } from './model/messages.ts';
import { NodeContext } from './node/context.ts';
import type { ReplicaOptions } from './node/context.ts';
import { epoch, storageId } from './model/numbers.ts';
import type { ClusterId, Epoch, InstantMs, NodeId, Offset, TimestampMs } from './model/numbers.ts';
import { Outbox } from './node/outbox.ts';
import { Peers } from './node/peers.ts';
import { Promises } from './node/promises.ts';
import { Promotions } from './promotions.ts';
import { Rebasing } from './node/rebasing.ts';
import { Registrations } from './node/registrations.ts';
import { Restored } from './restored.ts';
import { StalledDisk } from './node/stalled-disk.ts';
import type { LogPoint } from './model/place.ts';
import type { RoleChange } from './model/role-change.ts';
import { Roles } from './roles.ts';
import { standingOfRoles } from './standing.ts';
import { StorageReports } from './storage-reports.ts';
import { Streams } from './streams.ts';
import { confirmedEpoch, replicaStatus } from './status.ts';
import type { ReplicaStatus } from './status.ts';
import { Wakefulness } from './node/wakefulness.ts';
import { WhoAnswers } from './node/who-answers.ts';
import { Yielding } from './node/yielding.ts';

export class Replica {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #admission: Admission;
  readonly #registrations: Registrations;
  readonly #follower: Follower;
  readonly #election: Election | undefined;
  readonly #roles: Roles;
  readonly #introductions: Introductions;
  readonly #streams: Streams;
  readonly #promotions: Promotions;
  readonly #disk: StalledDisk;
  readonly #dates: LogDates;
  readonly #wakefulness = new Wakefulness();
  readonly #storage: StorageReports;
  readonly #rebasing: Rebasing;
  readonly #restored: Restored;
  readonly #invariants: Invariants;

  /** @param recovered - what the storage holds, all of it durable; `state` is `undefined` if the storage is empty */
  constructor(options: ReplicaOptions, recovered: { readonly outline: LogOutline; readonly state: NodeState | undefined }) {
    const out = new Outbox();
    const state = recovered.state ?? {
      clusterId: null,
      storageId: storageId(options.drawId()),
      promisedEpoch: epoch(0),
      promisedTo: null,
      forgot: null,
    };
    const promises = new Promises(state, out);
    const context = new NodeContext({ options, outline: recovered.outline, promises, out });
    const peers = new Peers(context);
    const whoAnswers = new WhoAnswers(context);
    const yielding = new Yielding(context);
    this.#context = context;
    this.#peers = peers;
    this.#disk = new StalledDisk(context);
    this.#dates = new LogDates(context);
    this.#admission = new Admission(context, this.#disk);
    const isListCertain = (): boolean => this.#roles.leader?.isListCommitted === true;
    const registrations = new Registrations({ context, peers, whoAnswers, isListCertain });
    this.#registrations = registrations;
    const standing = standingOfRoles({ roles: () => this.#roles, follower: () => this.#follower });
    this.#election = Election.of({ context, peers, disk: this.#disk, standing });
    this.#follower = new Follower(context, yielding, (stream, poll, asker) => this.#election?.asked(stream, poll, asker));
    const roles = new Roles({
      ...{ context, peers, registrations, admission: this.#admission },
      ...{ follower: this.#follower, dates: this.#dates, election: this.#election },
      onKept: (why) => this.#promotions.refused(why),
    });
    this.#roles = roles;
    this.#promotions = new Promotions({ context, roles, follower: this.#follower, disk: this.#disk });
    this.#introductions = new Introductions({ context, peers, roles, election: this.#election, yielding, whoAnswers, registrations });
    this.#streams = new Streams({
      ...{ context, peers, roles, election: this.#election },
      ...{ follower: this.#follower, introductions: this.#introductions },
    });
    this.#storage = new StorageReports({ context, roles, follower: this.#follower, disk: this.#disk, introductions: this.#introductions });
    this.#rebasing = new Rebasing(context);
    this.#restored = new Restored(context, roles);
    this.#invariants = new Invariants(context);
  }

  /** How far a default read sees: on the leader, up to what is acknowledged; on other nodes, up to what is durable there. */
  get visibleEnd(): Offset {
    return this.#roles.leader?.acknowledgedEnd ?? this.#context.outline.durable.offset;
  }

  /** The highest epoch that this node promised. */
  get promisedEpoch(): Epoch {
    return this.#context.promises.promisedEpoch;
  }

  /** How far a `committed` read sees. */
  get committedEnd(): Offset {
    return this.#context.outline.committedEnd;
  }

  /** The first entry that stays, and what the cluster keeps. */
  get controls(): LogOutline['controls'] {
    return this.#context.outline.controls;
  }

  /** In both coordinates; which of them reaches further depends on who said it. */
  get committed(): LogPoint {
    return { number: this.#context.outline.committedNumber, offset: this.committedEnd };
  }

  get durableEnd(): Offset {
    return this.#context.outline.durable.offset;
  }

  /** The leader, which may be this node; `undefined` while it knows none. */
  get leader(): LeaderHint | undefined {
    return this.#roles.hint;
  }

  get knownLeader(): KnownLeader | undefined {
    return this.#context.forwards.of(this.leader);
  }

  /** Whether appends are for this node, because it leads or campaigns. */
  get isSeekingOrLeading(): boolean {
    return this.#roles.isSeekingOrLeading;
  }

  /** With elections: the silent members, if they have been so many for a while that no node can come to lead. */
  get missingForMajority(): readonly NodeId[] | undefined {
    return this.#election?.missingForMajority;
  }

  /** It is handing over to another node, which may come to lead soon. */
  get isHandingOver(): boolean {
    return this.#roles.leader?.succession.isUnderWay === true;
  }

  get isLeading(): boolean {
    return this.#roles.leader !== undefined;
  }

  /** The epoch that it leads with certainty. */
  get leads(): Epoch | undefined {
    return confirmedEpoch(this.#roles.leader);
  }

  /** How long the node that lends its log to this one has owed an answer and been silent. */
  get sourceSilentMs(): number {
    return this.#roles.candidate?.sourceSilentMs ?? 0;
  }

  /** Appends that have not been answered yet. */
  get waitingAppends(): number {
    return this.#admission.waitingAppends(this.#roles);
  }

  /** Roughly how many bytes all unanswered appends take. */
  get waitingBytes(): number {
    return this.#admission.waitingBytes(this.#roles);
  }

  /** The cluster of its log; `null` while it has no log. */
  get clusterId(): ClusterId | null {
    return this.#context.clusterId;
  }

  /** @see NodeContext.refusalOf */
  refusalOf(theirs: string | null): OtherCluster | undefined {
    return this.#context.refusalOf(theirs);
  }

  get shape(): LogShape {
    return this.#context.outline.shape;
  }

  /** Sets the time before an event that carries none. */
  setTime(now: InstantMs, wallClock: TimestampMs): void {
    this.#context.now = now;
    this.#context.wallClock = wallClock;
  }

  step(event: ReplicaEvent): void {
    this.#roles.act(this.#handle(event));
    this.#follower.adopt();
    this.#invariants.check(this.#roles.leader?.epoch);
  }

  /** @returns what the event changes in who leads, as reported by a role */
  #handle(event: ReplicaEvent): RoleChange | undefined {
    const { leader } = this.#roles;
    switch (event.kind) {
      case 'ticked':
        this.setTime(event.now, event.wallClock);
        return this.#tick();
      case 'leadershipOffered':
        this.#roles.named();
        break;
      case 'leadershipWithdrawn':
        this.#roles.unnamed();
        break;
      case 'appendRequested':
        this.#admission.append(event, this.#roles);
        break;
      case 'appendAbandoned':
        if (!this.#admission.queue.drop(event.requestId)) leader?.abandon(event.requestId);
        break;
      case 'readRequested':
        this.#roles.requestRead(event.requestId, event.timeoutMs);
        break;
      case 'registered':
        if (this.isSeekingOrLeading) this.#registrations.add(event.requestId, event);
        else this.#admission.failNotLeader(event.requestId, this.leader);
        break;
      case 'removalRequested':
      case 'trimRequested':
      case 'retentionRequested':
        if (leader === undefined) this.#admission.failNotLeader(event.requestId, this.leader);
        else leader.request(event);
        break;
      case 'promotionRequested':
        this.#promotions.request(event);
        break;
      case 'handOverRequested':
        // If a coordinator names the leader, this node should lead again when it is back.
        if (this.#context.options.elections !== undefined) leader?.succession.toBest();
        break;
      case 'newClusterForced':
        forceCluster(event.requestId, { context: this.#context, roles: this.#roles });
        break;
      case 'dialed':
        this.#streams.dialed(event.url, event.stream);
        break;
      case 'dialFailed':
        this.#peers.dialFailed(event.url, { code: 'unreachable', reason: event.reason });
        break;
      case 'dialRefused':
        this.#introductions.dialRefused(event);
        break;
      case 'streamAccepted':
        this.#follower.accepted(event.stream);
        break;
      case 'bytesReceived':
        this.#streams.heardBytes(event.stream);
        break;
      case 'streamLost':
        this.#streams.lost(event.stream);
        break;
      case 'messageReceived':
        return this.#streams.received(event.stream, event.message);
      case 'stateSaved':
      case 'written':
      case 'flushed':
      case 'writeRefused':
      case 'roomFound':
      case 'roomMeasured':
      case 'logCut':
      case 'located':
      case 'fed':
      case 'rebased':
      case 'surveyed':
      case 'checkpointReceived':
      case 'checkpointInstalled':
        return this.#storage.reported(event);
      case 'stopRequested':
        this.#admission.stop();
        break;
      case 'stopExpired':
        this.#failAllPending();
        break;
      default:
        unreachable(event);
    }
    return undefined;
  }

  /** The work for the driver now. Call it when all events of a turn are in, so that what came together is written together. */
  takeReady(): Ready | undefined {
    this.#roles.leader?.decideBatch();
    this.#follower.settle();
    return this.#context.out.take();
  }

  status(): ReplicaStatus {
    return replicaStatus({
      ...{ context: this.#context, roles: this.#roles, admission: this.#admission },
      ...{ disk: this.#disk, dates: this.#dates, election: this.#election },
      ends: { visibleEnd: this.visibleEnd, committedEnd: this.committedEnd },
    });
  }

  #tick(): RoleChange | undefined {
    const { now } = this.#context;
    const mayJudge = this.#wakefulness.ticked(now);
    this.#disk.tick(this.#wakefulness.wasRunning);
    this.#dates.tick(this.#roles.leader?.followers.clocks());
    this.#restored.tick();
    if (!this.#restored.isWaiting && (this.isSeekingOrLeading || this.#election?.isDialing === true)) {
      this.#peers.followList();
      if (mayJudge) this.#streams.dropSilent();
      this.#peers.tick();
    }
    this.#context.room.tick(now);
    this.#rebasing.tick();
    if (mayJudge) this.#roles.succeedIfLeaderIsGone();
    this.#follower.tick({ mayRegister: !this.isSeekingOrLeading, mayJudge });
    const change = this.#roles.tick(mayJudge);
    this.#registrations.settle();
    this.#promotions.settle();
    this.#admission.tick(this.#roles);
    return change;
  }

  #failAllPending(): void {
    const { out } = this.#context;
    this.#admission.failAllStopped();
    this.#roles.leader?.end('stopped-while-waiting');
    this.#registrations.failAll('this node is shutting down');
    this.#promotions.failAll('this node is shutting down');
    for (const { requestId } of this.#follower.takeReads()) out.fail(requestId, 'shutting-down', 'this node is shutting down');
  }
}
