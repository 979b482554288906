/** Who may lead after this leader, and the hand-over to it: because somebody asked for it, or because this node is about to stop. */

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
  /** All of it is durable, and none is being written. */
  readonly isDurable: boolean;
  /** Nobody waits for an answer that this epoch may yet give. */
  readonly isQuiet: boolean;
}

/** A node that is so many batches behind, under load, is up to date. */
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

  /** No append gets a place meanwhile. */
  get isUnderWay(): boolean {
    return this.#handOver.isUnderWay;
  }

  /** The heir may come to lead at any moment: that is no deposition. */
  get isOffered(): boolean {
    return this.#handOver.isOffered;
  }

  /** A follower would lead. */
  asked({ hello, stream }: Peer): void {
    if (hello === undefined || stream === undefined) return;
    // In the first moments of an epoch: it asks again.
    if (!this.#log().isMarkerCommitted || this.#heirOf(hello.id) === undefined) return;
    const why = this.#handOver.begin(hello.id);
    if (why !== undefined) this.#context.out.send(stream, { kind: 'keepLead', epoch: this.#epoch, why });
    this.advance();
  }

  declined({ hello }: Peer, why: string): void {
    if (hello !== undefined) this.#handOver.declined(hello.id, why);
  }

  /** This node is about to stop, or to be taken out: whoever is furthest, and may lead, takes over. */
  toBest(): void {
    const [best] = this.#heirs()
      .filter((heir) => reasonAgainst(heir, heir.id) === undefined)
      .toSorted((a, b) => b.durableEnd - a.durableEnd || b.priority - a.priority);
    if (best !== undefined && !this.#handOver.isResting && this.#log().isMarkerCommitted) this.#handOver.begin(best.id);
    this.advance();
  }

  /** Once per tick. @param isToGo - somebody else is to lead, because this node is to be taken out, or has no room */
  tick(isToGo: boolean): void {
    if (isToGo) this.toBest();
    else this.#prefer();
    this.advance();
  }

  /** Whoever is preferred gets the lead back. */
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
