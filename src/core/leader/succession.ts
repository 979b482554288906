/**
 * Decides when this leader hands over, and to which node: because a follower asks for it, because this node is about to stop,
 * to be removed or out of room, or because another node has a higher priority.
 */

import { isMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import { handsOver } from '../model/features.ts';
import type { Hello } from '../model/messages.ts';
import type { BatchNumber, Epoch, NodeId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';
import type { Followers } from './followers.ts';
import { HandOver, handOverTiming, reasonAgainst } from './hand-over.ts';
import type { Heir } from './hand-over.ts';
import { Preference } from './preference.ts';

export interface LeadersLog {
  readonly list: MemberList;
  readonly isMarkerCommitted: boolean;
  readonly end: BatchNumber;
  /** The whole log is durable, and nothing is being written. */
  readonly isDurable: boolean;
  /** No request waits for an answer that this epoch may still give. */
  readonly isQuiet: boolean;
}

/** A node that is at most this many batches behind counts as up to date: under load, every node is a little behind. */
const behindMax = 64;

export class Succession {
  readonly #context: NodeContext;
  readonly #epoch: Epoch;
  readonly #followers: Followers;
  readonly #log: () => LeadersLog;
  readonly #handOver: HandOver;
  /** `undefined` where a coordinator names the leader. */
  readonly #preference: Preference | undefined;

  constructor(parts: {
    readonly context: NodeContext;
    readonly epoch: Epoch;
    readonly followers: Followers;
    readonly log: () => LeadersLog;
  }) {
    const { context, epoch } = parts;
    this.#context = context;
    this.#epoch = epoch;
    this.#followers = parts.followers;
    this.#log = parts.log;
    const { elections } = context.options;
    this.#preference = elections === undefined ? undefined : new Preference(elections.priority, context.now);
    this.#handOver = new HandOver({ context, epoch, timing: handOverTiming(context.options), heirOf: (id) => this.#heirOf(id) });
  }

  /** Meanwhile no append gets a place. */
  get isUnderWay(): boolean {
    return this.#handOver.isUnderWay;
  }

  /** The heir may come to lead at any moment. If it does, this leader is not deposed. */
  get isOffered(): boolean {
    return this.#handOver.isOffered;
  }

  /** A follower asks to lead. */
  asked({ hello, stream }: Peer): void {
    if (hello === undefined || stream === undefined) return;
    // Too early in the epoch. The follower asks again.
    if (!this.#log().isMarkerCommitted || this.#heirOf(hello.id) === undefined) return;
    const why = this.#handOver.begin(hello.id);
    if (why !== undefined) this.#context.out.send(stream, { kind: 'keepLead', epoch: this.#epoch, why });
    this.advance();
  }

  declined({ hello }: Peer, why: string): void {
    if (hello !== undefined) this.#handOver.declined(hello.id, why);
  }

  /** Another node should lead: hands over to the eligible follower whose log is the most advanced. */
  toBest(): void {
    const [best] = this.#heirs()
      .filter((heir) => reasonAgainst(heir, heir.id) === undefined)
      .toSorted((a, b) => b.durableEnd - a.durableEnd || b.priority - a.priority);
    if (best !== undefined && !this.#handOver.isResting && this.#log().isMarkerCommitted) this.#handOver.begin(best.id);
    this.advance();
  }

  /** Once per tick. @param isToGo - another node should lead, because this one is to be removed or has no room */
  tick(isToGo: boolean): void {
    if (isToGo) this.toBest();
    else this.#prefer();
    this.advance();
  }

  /** Hands over to a node with a higher priority. */
  #prefer(): void {
    if (this.#preference === undefined || this.isUnderWay) return;
    const { now } = this.#context;
    const { isMarkerCommitted, end } = this.#log();
    if (!isMarkerCommitted) return;
    const isReady = (each: Heir): boolean => reasonAgainst(each, each.id) === undefined && end - each.durableEnd <= behindMax;
    const preferred = this.#preference.choose(this.#heirs().filter(isReady), now);
    if (preferred === undefined) return;
    this.#preference.tried(now);
    this.#context.out.emit('info', 'leadership.preferred', { to: preferred.id, priority: preferred.priority });
    this.#handOver.begin(preferred.id);
  }

  advance(): void {
    if (this.#handOver.isUnderWay) this.#handOver.advance(this.#log());
  }

  #heirs(): Heir[] {
    const { list } = this.#log();
    return [...this.#followers.feeding()].map(({ hello, progress: { stream, canStore }, end }) =>
      heirFrom(hello, { list, stream, canStore, end }),
    );
  }

  #heirOf(id: NodeId): Heir | undefined {
    return this.#heirs().find((each) => each.id === id);
  }
}

function heirFrom(
  hello: Hello,
  { list, stream, canStore, end }: Pick<Heir, 'stream' | 'canStore'> & { readonly list: MemberList; readonly end: BatchNumber },
): Heir {
  const { id, delayMs, priority = 0, features } = hello;
  return {
    ...{ id, stream, canStore, delayMs, priority },
    isMember: isMember(list, hello),
    knowsHow: features?.includes(handsOver) === true,
    durableEnd: end,
  };
}
