/**
 * A leader hands over to a follower (the heir): it gives no more appends a place in the log, waits until the heir holds the
 * whole log, and tells it to campaign without a poll. Appends in the queue are for the next leader. If the heir does not come
 * to lead in time, this leader continues as before.
 *
 * Source: leadership transfer (Ongaro 2014, section 3.10). Unlike there, a heir that is behind does not lose for that reason: a
 * candidate fetches what it lacks.
 */

import type { NodeContext, ReplicaOptions } from '../node/context.ts';
import { instantMs } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, NodeId, StreamId } from '../model/numbers.ts';

/** What a hand-over needs to know about the follower that is to lead. */
export interface Heir {
  readonly id: NodeId;
  readonly stream: StreamId;
  readonly isMember: boolean;
  readonly canStore: boolean;
  readonly delayMs: number;
  readonly priority: number;
  /** Whether its version supports hand-overs. */
  readonly knowsHow: boolean;
  /** One past the last batch that it acknowledged. */
  readonly durableEnd: BatchNumber;
}

/** How long waiting appends may still be answered before the epoch ends, and how long the heir's campaign may then take. */
export interface HandOverTiming {
  readonly drainMs: number;
  readonly campaignMs: number;
}

/** @returns the election timeout for both; without elections, the time after which a node is unhealthy */
export function handOverTiming({ elections, health }: Pick<ReplicaOptions, 'elections' | 'health'>): HandOverTiming {
  const ms = elections?.timeoutMs ?? health.unhealthyAfterMs;
  return { drainMs: ms, campaignMs: ms };
}

interface State {
  readonly to: NodeId;
  readonly beganAt: InstantMs;
  /** When the heir was told to campaign; `undefined` before. */
  offeredAt: InstantMs | undefined;
}

export class HandOver {
  readonly #context: NodeContext;
  readonly #epoch: Epoch;
  readonly #timing: HandOverTiming;
  readonly #heirOf: (id: NodeId) => Heir | undefined;
  #state: State | undefined;
  #brokenOffAt: InstantMs | undefined;

  constructor(parts: {
    readonly context: NodeContext;
    readonly epoch: Epoch;
    readonly timing: HandOverTiming;
    readonly heirOf: (id: NodeId) => Heir | undefined;
  }) {
    this.#context = parts.context;
    this.#epoch = parts.epoch;
    this.#timing = parts.timing;
    this.#heirOf = parts.heirOf;
  }

  /** Meanwhile no append gets a place. */
  get isUnderWay(): boolean {
    return this.#state !== undefined;
  }

  /** A hand-over failed a short time ago. */
  get isResting(): boolean {
    return this.#brokenOffAt !== undefined && this.#context.now - this.#brokenOffAt < 2 * this.#timing.campaignMs;
  }

  /** The heir may come to lead at any moment. If it does, this leader is not deposed. */
  get isOffered(): boolean {
    return this.#state?.offeredAt !== undefined;
  }

  /** @returns why not, for people; `undefined` if it begins, or a hand-over to that node is in progress already */
  begin(to: NodeId): string | undefined {
    if (this.#state !== undefined) return this.#state.to === to ? undefined : `a hand-over to ${this.#state.to} is under way`;
    const why = reasonAgainst(this.#heirOf(to), to);
    if (why !== undefined) return why;
    this.#state = { to, beganAt: this.#context.now, offeredAt: undefined };
    this.#context.out.emit('info', 'leadership.handing-over', { to, epoch: this.#epoch });
    return undefined;
  }

  /** The heir declines. */
  declined(by: NodeId, why: string): void {
    if (this.#state?.to === by) this.#breakOff(why);
  }

  /** @param log.isQuiet - no request waits for an answer that this epoch may still give */
  advance(log: { readonly end: BatchNumber; readonly isDurable: boolean; readonly isQuiet: boolean }): void {
    const state = this.#state;
    if (state === undefined) return;
    const { now, out } = this.#context;
    const { drainMs, campaignMs } = this.#timing;
    const heir = this.#heirOf(state.to);
    if (state.offeredAt !== undefined) {
      if (now - state.offeredAt >= campaignMs) this.#breakOff('it did not become the leader in time');
      return;
    }
    const why = reasonAgainst(heir, state.to);
    if (heir === undefined || why !== undefined) return this.#breakOff(why ?? 'it is gone');
    const isDrained = log.isDurable && heir.durableEnd >= log.end;
    const waitedMs = now - state.beganAt;
    if (!isDrained && waitedMs >= drainMs) return this.#breakOff('it did not hold the whole log in time');
    // An append may be waiting for a node that is down. That delays the hand-over by half of `drainMs` at most.
    if (!isDrained || (!log.isQuiet && waitedMs < drainMs / 2)) return;
    state.offeredAt = instantMs(now);
    out.send(heir.stream, { kind: 'takeOver', epoch: this.#epoch });
  }

  #breakOff(why: string): void {
    const { out } = this.#context;
    const { to } = this.#state ?? {};
    this.#state = undefined;
    this.#brokenOffAt = this.#context.now;
    out.emit('warn', 'leadership.kept', { to, epoch: this.#epoch, why });
    const heir = to === undefined ? undefined : this.#heirOf(to);
    if (heir !== undefined) out.send(heir.stream, { kind: 'keepLead', epoch: this.#epoch, why });
  }
}

/** @returns why it may not take over, for people */
export function reasonAgainst(heir: Heir | undefined, id: NodeId): string | undefined {
  if (heir === undefined) return `${id} does not follow this leader now`;
  if (!heir.isMember) return `${id} is no member yet`;
  if (!heir.knowsHow) return `${id} is of a version that does not know how`;
  if (!heir.canStore) return `${id} has no room to store anything`;
  return heir.delayMs > 0 ? `${id} holds every batch back for ${heir.delayMs} ms` : undefined;
}
