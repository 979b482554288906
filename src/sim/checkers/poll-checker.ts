/**
 * Checks the rules of polls among nodes that elect their leader, each at the moment at which it is followed or broken. A broken
 * rule causes an unnecessary leader, or a late one, in few runs of a thousand, and mostly something else repairs that soon.
 *
 * The checker takes the time at which a node heard its leader from what arrived on the node's streams, not from what the
 * node believes.
 */

import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import type { MemberList } from '../../core/model/members.ts';
import type { PeerMessage, Poll, PollAnswer } from '../../core/model/messages.ts';
import type { NodeId, StorageId, StreamId } from '../../core/model/numbers.ts';
import { comparePlaces } from '../../core/model/place.ts';
import type { Replica } from '../../core/replica.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import type { Coverage } from './coverage.ts';

/** From an election timeout of 1500 ms, and a clock that is a tenth too fast or too slow. */
const surelyFollowsMs = 1300;
const surelyGoneMs = 1750;
/** A heartbeat interval after a leader's stream ended, if it opens no new one. */
const surelyLostMs = 320;
/** At most a heartbeat interval, by a slow clock, plus a few ticks. */
const pollsAfterResignationMs = 450;
/** After a lost poll, or a start, a node waits up to an election timeout and a half before its next poll. */
const restsMs = 3000;
/** The core decides in the same turn as the event, unless the process was suspended in between. */
const turnMs = 50;

/** What one start of a node heard, said and asked. */
interface Said {
  /** Which node speaks on a stream, whichever side opened it. */
  readonly speakers: Map<StreamId, { readonly id: NodeId; readonly storageId: StorageId }>;
  /** The streams that it opened itself. */
  readonly dialed: Set<StreamId>;
  readonly polls: Map<StreamId, Poll>;
  /** The epoch that the node on a stream says it leads. */
  readonly leads: Map<StreamId, number>;
  /** The leader that spoke last, its epoch, and its last two times: what arrives in the same turn may arrive after a decision. */
  leader: { readonly stream: StreamId; readonly id: NodeId; readonly epoch: number; readonly at: number[] } | undefined;
  /** Until when each node may count as a leader that is heard. */
  readonly heardUntil: Map<NodeId, number>;
  /** When its leader said that it no longer leads. */
  resignedAt: number | undefined;
  /** Its own poll, and the storages of the nodes that support it. */
  poll: { readonly round: number; readonly free: Set<StorageId> } | undefined;
  readonly startedAt: number;
  polledAt: number | undefined;
  /** It may campaign without a poll: the leader hands over to it, or an operator forces it. */
  mayCampaign: boolean;
  lastEventAt: number;
}

const leadersKinds: ReadonlySet<string> = new Set<PeerMessage['kind']>(['match', 'replicate', 'heartbeat', 'readAnswer']);

export class PollChecker {
  readonly #world: World;
  readonly #founder: SimNode | undefined;
  readonly #said = new WeakMap<Replica, Said>();
  readonly #coverage: Coverage;
  /** The highest epoch that each node promised to itself. */
  readonly #ownEpochs = new Map<SimNode, number>();

  constructor(parts: { readonly world: World; readonly nodes: readonly SimNode[]; readonly coverage: Coverage }) {
    this.#world = parts.world;
    [this.#founder] = parts.nodes;
    this.#coverage = parts.coverage;
  }

  heard(node: SimNode, event: ReplicaEvent): void {
    const said = this.#of(node);
    if (said === undefined) return;
    said.lastEventAt = this.#world.now;
    if (event.kind === 'dialed') said.dialed.add(event.stream);
    else if (event.kind === 'streamLost') this.#lost(said, event.stream);
    else if (event.kind === 'bytesReceived' && said.leads.has(event.stream)) this.#mayHear(said, said.speakers.get(event.stream)?.id);
    else if (event.kind === 'messageReceived') this.#received(node, { said, stream: event.stream, message: event.message });
  }

  decided(node: SimNode, { sends, save, logEvents, closes }: Ready): void {
    const said = this.#of(node);
    if (said === undefined || this.#world.now - said.lastEventAt > turnMs) return;
    for (const stream of closes) this.#lost(said, stream);
    for (const { stream, message } of sends) if (message.kind === 'pollAnswer') this.#answered(node, { said, stream, message });
    const { promisedTo, promisedEpoch } = save?.state ?? { promisedTo: null, promisedEpoch: 0 };
    if (promisedTo?.id !== node.id || promisedTo.incarnation !== node.incarnation || promisedEpoch <= (this.#ownEpochs.get(node) ?? 0))
      return;
    this.#ownEpochs.set(node, promisedEpoch);
    const isCampaign = logEvents.some(({ event, facts }) => event === 'campaign.started' && facts['epoch'] === promisedEpoch);
    claim(isCampaign, () => `only a campaign raises the epoch: ${node.id} promises ${promisedEpoch} to itself`);
  }

  logged(node: SimNode, what: string, facts: Readonly<Record<string, unknown>>): void {
    const said = this.#of(node);
    if (said === undefined) return;
    if (what === 'poll.started') this.#pollStarted(node, said, Number(facts['round']));
    else if (what === 'leadership.forced' || what === 'epoch.given-up') said.mayCampaign = true;
    else if (what === 'campaign.started') this.#campaigned(node, said);
    else if (what === 'recovery.started') this.#coverage.count('an elected candidate fetched what it lacked');
    else if (what === 'epoch.began') {
      if (node.priority === 0) this.#coverage.count('a node with priority 0 led');
    } else if (what === 'cluster.founded') {
      const missing = facts['didNotAnswer'] as readonly string[];
      claim(node === this.#founder, () => `only the first of the named nodes founds, and not ${node.id}`);
      claim(missing.length === 0, () => `a cluster is founded only once all nodes answer: ${node.id} lacks ${missing.join()}`);
    }
  }

  /** A node that hears its leader resign does not wait for that leader. */
  check(node: SimNode): void {
    const said = this.#of(node);
    if (said?.resignedAt === undefined || said.leader === undefined) return;
    const sinceMs = this.#world.now - said.resignedAt;
    const isOver = node.replica?.promisedEpoch !== said.leader.epoch || !node.isAwake || node.isStopping || node.disk.isStalled;
    if (isOver || !node.replica.status().isElectable) said.resignedAt = undefined;
    else
      claim(
        sinceMs <= pollsAfterResignationMs,
        () => `a node that hears its leader resign holds a poll: ${node.id} did nothing for ${sinceMs} ms`,
      );
  }

  #received(node: SimNode, parts: { readonly said: Said; readonly stream: StreamId; readonly message: PeerMessage }): void {
    const { said, stream, message } = parts;
    const { now } = this.#world;
    const speaker = said.speakers.get(stream);
    if (message.kind === 'hello') said.speakers.set(stream, message);
    if (speaker === undefined) return;
    if (message.kind === 'pollAnswer') {
      const isFree = message.refusal === null && message.round === said.poll?.round;
      if (isFree && said.dialed.has(stream)) said.poll?.free.add(speaker.storageId);
    }
    if (said.dialed.has(stream)) return;
    if (message.kind === 'poll') said.polls.set(stream, message);
    else if (message.kind === 'takeOver') said.mayCampaign = true;
    else if (message.kind === 'lead') {
      said.leads.set(stream, message.epoch);
      if (message.epoch >= (node.replica?.promisedEpoch ?? 0)) this.#mayHear(said, speaker.id);
    } else if (
      leadersKinds.has(message.kind) &&
      message.epoch === said.leads.get(stream) &&
      message.epoch === node.replica?.promisedEpoch
    ) {
      if (said.leader?.stream !== stream) {
        said.leader = { stream, id: speaker.id, epoch: message.epoch, at: [] };
        said.resignedAt = undefined;
      }
      said.leader.at.unshift(now);
      if (said.leader.at.length > 2) said.leader.at.pop();
      this.#mayHear(said, speaker.id);
    } else if (message.kind === 'resign' && said.leader?.stream === stream && message.epoch === node.replica?.promisedEpoch) {
      // After a lost poll it waits before the next one.
      if (now - (said.polledAt ?? said.startedAt) > restsMs) said.resignedAt = now;
      said.heardUntil.set(speaker.id, now);
      said.leader.at.length = 0;
    }
  }

  #mayHear(said: Said, leader: NodeId | undefined): void {
    if (leader !== undefined) said.heardUntil.set(leader, this.#world.now + surelyGoneMs);
  }

  #lost(said: Said, stream: StreamId): void {
    const speaker = said.speakers.get(stream);
    if (said.leader?.stream === stream) said.leader.at.length = 0;
    if (speaker === undefined || !said.leads.delete(stream) || said.leads.size > 0) return;
    const until = said.heardUntil.get(speaker.id) ?? 0;
    said.heardUntil.set(speaker.id, Math.min(until, this.#world.now + surelyLostMs));
  }

  /** The leader that this node certainly follows, and not only since this turn. */
  #followed(node: SimNode, { leader }: Said): { readonly id: NodeId; readonly sinceMs: number } | undefined {
    const { now } = this.#world;
    const at = leader?.at.find((each) => each < now);
    if (leader === undefined || at === undefined || leader.epoch !== node.replica?.promisedEpoch) return undefined;
    return now - at < surelyFollowsMs ? { id: leader.id, sinceMs: now - at } : undefined;
  }

  #answered(node: SimNode, parts: { readonly said: Said; readonly stream: StreamId; readonly message: PollAnswer }): void {
    const { said, stream, message } = parts;
    const { now } = this.#world;
    const asker = said.speakers.get(stream);
    const poll = said.polls.get(stream);
    if (asker === undefined || poll?.round !== message.round) return;
    const leader = this.#followed(node, said);
    if (message.refusal === 'hears-leader') {
      const heard = [...said.heardUntil].filter(([id, until]) => id !== asker.id && until >= now);
      claim(heard.length > 0, () => `a node that refuses a poll because of its leader hears that leader: ${node.id}, asked by ${asker.id}`);
    }
    const members = node.replica?.status().members.map(({ id }) => id) ?? [];
    const isStranger = members.length > 0 && !members.includes(asker.id) && comparePlaces(poll.tip, message.tip) < 0;
    if (isStranger) this.#coverage.count('a removed node held a poll');
    if (message.refusal !== null) return;
    claim(
      leader === undefined || leader.id === asker.id,
      () =>
        `a node that hears its leader supports no other: ${node.id} supports ${asker.id}, and heard ${leader?.id} ${leader?.sinceMs} ms ago`,
    );
    claim(!isStranger, () => `a removed node that is behind gets no support: ${node.id} supports ${asker.id}`);
  }

  #pollStarted(node: SimNode, said: Said, round: number): void {
    const stall = node.replica?.status().stall;
    claim(
      stall === undefined,
      () => `a node whose disk hangs holds no poll: ${node.id} has waited for a ${stall?.what} for ${stall?.ms} ms`,
    );
    said.poll = { round, free: new Set() };
    said.polledAt = this.#world.now;
    said.resignedAt = undefined;
    const leader = this.#followed(node, said);
    claim(
      leader === undefined,
      () => `a node that hears its leader holds no poll: ${node.id} heard ${leader?.id} ${leader?.sinceMs} ms ago`,
    );
  }

  #campaigned(node: SimNode, said: Said): void {
    const { mayCampaign, poll } = said;
    said.mayCampaign = false;
    said.poll = undefined;
    if (poll !== undefined) this.#coverage.count('a poll was won');
    const lists = [...(node.log?.lists() ?? [])].slice(0, 2).map(({ list }) => list);
    // A node with its log in memory may lead with fewer, if all nodes answer.
    if (mayCampaign || lists.length === 0 || node.isInMemory) return;
    const own = node.log?.storageId;
    const isElected = ({ members }: MemberList): boolean => {
      const free = members.filter(({ storageId }) => storageId !== null && (storageId === own || poll?.free.has(storageId)));
      return 2 * free.length > members.length;
    };
    claim(lists.some(isElected), () => `a node campaigns only with the support of a majority: ${node.id} asked in round ${poll?.round}`);
  }

  #of({ replica }: SimNode): Said | undefined {
    if (replica === undefined) return undefined;
    let said = this.#said.get(replica);
    if (said === undefined) {
      said = {
        ...{ speakers: new Map(), dialed: new Set(), polls: new Map(), leads: new Map(), heardUntil: new Map() },
        ...{
          leader: undefined,
          resignedAt: undefined,
          poll: undefined,
          startedAt: this.#world.now,
          polledAt: undefined,
          mayCampaign: false,
          lastEventAt: 0,
        },
      };
      this.#said.set(replica, said);
    }
    return said;
  }
}
