/**
 * Checks what others may rely on in an elected leader: if no majority answers it, it stops taking appends before another leader
 * can be elected, and resigns soon after; a hanging disk ends its epoch; once it has told its successor to campaign, it takes
 * no appends; and a node that follows does not campaign. The checker counts anew what a majority answered, from the time
 * at which each heartbeat was sent.
 */

import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import type { MemberList } from '../../core/model/members.ts';
import type { NodeId, StorageId, StreamId } from '../../core/model/numbers.ts';
import type { Replica } from '../../core/replica.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

/** Four fifths of the election timeout (1500 ms), and twice that timeout, by a clock that is a tenth too slow, plus some ticks. */
const surelySuspendedMs = 1360;
const surelyOverMs = 3500;
/** The leader waits until its successor holds the whole log, and then for the successor's campaign: an election timeout each. */
const handOverMs = 3600;
/** The core decides in the same turn as the event, unless the process was suspended in between. */
const turnMs = 50;
/** A leader whose stream broke may be replaced at once. */
const brokenMs = 3000;

interface Leading {
  readonly epoch: number;
  readonly beganAt: number;
  /** When each heartbeat was sent. */
  readonly sentAt: Map<number, number>;
  /** The newest heartbeat that each storage answered. */
  readonly answered: Map<StorageId, number>;
  /** It told its successor to campaign. */
  isGivenAway: boolean;
  handingOverSince: number | undefined;
  /** How far it has flushed while something is unflushed, and since when that has not moved. */
  unflushed: { readonly durableEnd: number; readonly since: number } | undefined;
}

interface Said {
  readonly speakers: Map<StreamId, { readonly id: NodeId; readonly storageId: StorageId }>;
  leading: Leading | undefined;
  lastEventAt: number;
}

export class LeaderChecker {
  readonly #world: World;
  readonly #said = new WeakMap<Replica, Said>();
  /** The highest epoch with a committed marker. */
  #confirmedEpoch = 0;
  /** When a leader's stream broke last, a hand-over was given up, or a node was forced to lead. */
  #brokenAt = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  heard(node: SimNode, event: ReplicaEvent): void {
    const said = this.#of(node);
    if (said === undefined) return;
    said.lastEventAt = this.#world.now;
    if (event.kind !== 'messageReceived') return;
    const { stream, message } = event;
    const speaker = said.speakers.get(stream);
    if (message.kind === 'hello') said.speakers.set(stream, message);
    else if (message.kind === 'heartbeatAnswer' && speaker !== undefined && message.epoch === said.leading?.epoch) {
      const { answered } = said.leading;
      answered.set(speaker.storageId, Math.max(message.sequence, answered.get(speaker.storageId) ?? 0));
    }
  }

  decided(node: SimNode, { sends, logWork, logEvents }: Ready): void {
    const said = this.#of(node);
    if (said?.leading === undefined) return;
    const { leading } = said;
    const { now } = this.#world;
    for (const { message } of sends) {
      if (message.kind === 'heartbeat' && !leading.sentAt.has(message.sequence)) leading.sentAt.set(message.sequence, now);
    }
    // By then everything is flushed, so a write in the same step came later.
    if (sends.some(({ message }) => message.kind === 'takeOver')) leading.isGivenAway = true;
    // A process that was suspended for long may offer the lead and take it back in one turn.
    const last = logEvents.findLast(({ event }) => event === 'leadership.handing-over' || event === 'leadership.kept');
    if (last?.event === 'leadership.kept') leading.isGivenAway = false;
    if (now - said.lastEventAt > turnMs) return;
    for (const work of logWork) {
      if (work.kind === 'write' && work.draft.entryCount > 0 && work.draft.epoch === leading.epoch) this.#checkTaken(node, leading);
    }
  }

  logged(node: SimNode, what: string, facts: Readonly<Record<string, unknown>>): void {
    const said = this.#of(node);
    if (said === undefined) return;
    const { now } = this.#world;
    if (what === 'epoch.began') {
      said.leading = {
        ...{ epoch: Number(facts['epoch']), beganAt: now, sentAt: new Map(), answered: new Map() },
        ...{ isGivenAway: false, handingOverSince: undefined, unflushed: undefined },
      };
    } else if (what === 'epoch.confirmed') this.#confirmedEpoch = Math.max(this.#confirmedEpoch, Number(facts['epoch']));
    else if (what === 'leader.lost' || what === 'leadership.forced') this.#brokenAt = now;
    else if (what === 'leadership.kept') {
      if (said.leading !== undefined) said.leading.handingOverSince = undefined;
      // Its heir may still win the campaign that it was told to begin.
      this.#brokenAt = now;
    }
  }

  /** After every event. */
  check(node: SimNode): void {
    const { replica } = node;
    if (replica === undefined) return;
    const { leader } = replica;
    claim(
      leader === undefined || leader.id === node.id || !replica.isSeekingOrLeading,
      () => `a node that hears another one lead does not campaign: ${node.id} and ${leader?.id}, in epoch ${leader?.epoch}`,
    );
  }

  /** Now and then: a leader that cannot lead has resigned. */
  checkFitness(node: SimNode): void {
    const { replica } = node;
    const said = this.#of(node);
    const leading = said?.leading;
    if (said === undefined || leading === undefined || replica === undefined) return;
    if (!replica.isLeading) {
      said.leading = undefined;
      return;
    }
    const { now } = this.#world;
    if (!node.isAwake) {
      leading.handingOverSince = undefined;
      leading.unflushed = undefined;
      return;
    }
    const ageMs = now - this.#confirmedAt(node, leading);
    claim(
      ageMs <= surelyOverMs,
      () => `a leader that no majority answers resigns: ${node.id} leads ${leading.epoch}, confirmed ${ageMs} ms ago`,
    );
    if (replica.isHandingOver) leading.handingOverSince ??= now;
    else leading.handingOverSince = undefined;
    const handingMs = now - (leading.handingOverSince ?? now);
    claim(handingMs <= handOverMs, () => `a hand-over has an end: ${node.id} has been in one for ${handingMs} ms`);
    const { durableEnd, logEnd } = replica.status();
    if (durableEnd === logEnd) leading.unflushed = undefined;
    else if (leading.unflushed?.durableEnd !== durableEnd) leading.unflushed = { durableEnd, since: now };
    const hangingMs = now - (leading.unflushed?.since ?? now);
    claim(hangingMs <= surelyOverMs, () => `a hanging disk ends an epoch: ${node.id} leads, and has waited for it for ${hangingMs} ms`);
  }

  #checkTaken(node: SimNode, leading: Leading): void {
    const { now } = this.#world;
    const { epoch } = leading;
    const ageMs = now - this.#confirmedAt(node, leading);
    claim(
      ageMs <= surelySuspendedMs,
      () => `a leader takes appends only while its majority can have no other leader: ${node.id} in ${epoch}, confirmed ${ageMs} ms ago`,
    );
    claim(!leading.isGivenAway, () => `a leader that told its successor to campaign takes no appends: ${node.id} in ${epoch}`);
    const isReplaced = epoch < this.#confirmedEpoch && now - this.#brokenAt > brokenMs;
    claim(!isReplaced, () => `only one node takes appends: ${node.id} in ${epoch}, and ${this.#confirmedEpoch} is confirmed`);
  }

  /** When the newest heartbeat that a majority answered was sent, by the more lenient of the two lists that may be in force. */
  #confirmedAt(node: SimNode, { sentAt, answered, beganAt }: Leading): number {
    const own = node.log?.storageId;
    const lists = [...(node.log?.lists() ?? [])].slice(0, 2).map(({ list }) => list);
    // The only member is its own majority, and has nobody to send a heartbeat to.
    if (lists.some(({ members: [only, ...others] }) => only?.storageId === own && others.length === 0)) return this.#world.now;
    const newest = Math.max(0, ...sentAt.keys());
    const confirmedBy = ({ members }: MemberList): number => {
      const sequences = members.map(({ storageId }) => {
        if (storageId === null) return 0;
        return storageId === own ? newest : (answered.get(storageId) ?? 0);
      });
      return sequences.toSorted((a, b) => b - a)[Math.floor(members.length / 2)] ?? 0;
    };
    const sequence = Math.max(0, ...lists.map(confirmedBy));
    return Math.max(beganAt, sentAt.get(sequence) ?? beganAt);
  }

  #of({ replica }: SimNode): Said | undefined {
    if (replica === undefined) return undefined;
    let said = this.#said.get(replica);
    if (said === undefined) this.#said.set(replica, (said = { speakers: new Map(), leading: undefined, lastEventAt: 0 }));
    return said;
  }
}
