/**
 * A leader hands its place over to a follower: it gives no more appends a place, waits until that follower holds the whole
 * log, and tells it to campaign without a poll. What waits in the queue is for the next leader. If the follower does not come to
 * lead in time, this leader goes on as if nothing had been.
 *
 * Source: leadership transfer (Ongaro 2014, section 3.10). Unlike there, a target that is behind cannot lose by it: a candidate
 * fetches what it lacks.
 */

import type { NodeContext, ReplicaOptions } from '../node/context.ts';
import { instantMs } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, NodeId, StreamId } from '../model/numbers.ts';

/** What is looked at of the follower that is to lead. */
export interface Heir {
  readonly id: NodeId;
  readonly stream: StreamId;
  readonly isMember: boolean;
  readonly canStore: boolean;
  readonly delayMs: number;
  readonly priority: number;
  /** Whether it knows what a hand-over is. */
  readonly knowsHow: boolean;
  /** What it acknowledged. */
  readonly durableEnd: BatchNumber;
}

/** For how long writers may still be answered before the epoch ends, and how long the heir may then take. */
export interface HandOverTiming {
  readonly drainMs: number;
  readonly campaignMs: number;
}

/** @returns an election timeout for each; where a coordinator names the leader, the time after which a node is unhealthy */
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

  /** No append gets a place meanwhile. */
  get isUnderWay(): boolean {
    return this.#state !== undefined;
  }

  /** One came to nothing a moment ago. */
  get isResting(): boolean {
    return this.#brokenOffAt !== undefined && this.#context.now - this.#brokenOffAt < 2 * this.#timing.campaignMs;
  }

  /** The heir may come to lead at any moment: that is no deposition. */
  get isOffered(): boolean {
    return this.#state?.offeredAt !== undefined;
  }

  /** @returns why not, for people; `undefined` if it begins, or is under way to that node already */
  begin(to: NodeId): string | undefined {
    if (this.#state !== undefined) return this.#state.to === to ? undefined : `a hand-over to ${this.#state.to} is under way`;
    const why = reasonAgainst(this.#heirOf(to), to);
    if (why !== undefined) return why;
    this.#state = { to, beganAt: this.#context.now, offeredAt: undefined };
    this.#context.out.emit('info', 'leadership.handing-over', { to, epoch: this.#epoch });
    return undefined;
  }

  /** The heir says that it will not. */
  declined(by: NodeId, why: string): void {
    if (this.#state?.to === by) this.#breakOff(why);
  }

  /** @param log.isQuiet - nobody waits for an answer that this epoch may yet give */
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
    // An answer may wait for a node that is away: the others do not wait for ever for that.
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
