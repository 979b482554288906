/**
 * Requests to make this node the leader: it asks the present leader to hand over, or, if it hears from none, seeks to lead by
 * itself. A request is answered once this node leads and the first batch of its epoch is committed, or when that fails.
 */

import type { Follower } from './follower/follower.ts';
import { instantMs } from './model/numbers.ts';
import type { InstantMs, RequestId } from './model/numbers.ts';
import type { NodeContext } from './node/context.ts';
import type { StalledDisk } from './node/stalled-disk.ts';
import type { Roles } from './roles.ts';

interface Waiting {
  readonly requestId: RequestId;
  readonly deadline: InstantMs;
  readonly isForced: boolean;
}

interface Parts {
  readonly context: NodeContext;
  readonly roles: Roles;
  readonly follower: Follower;
  readonly disk: StalledDisk;
}

export class Promotions {
  readonly #parts: Parts;
  #waiting: Waiting[] = [];
  #askAt: InstantMs = instantMs(0);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  request(request: { readonly requestId: RequestId; readonly timeoutMs: number; readonly isForced: boolean }): void {
    const { context } = this.#parts;
    const why = this.#lastingReasonAgainst(request.isForced);
    if (why !== undefined) return context.out.fail(request.requestId, 'promotion-refused', why);
    this.#waiting.push({ ...request, deadline: instantMs(context.now + request.timeoutMs) });
    this.#askAt = context.now;
    this.settle();
  }

  /** The leader refused to hand over, or kept its place. */
  refused(why: string): void {
    for (const { requestId } of this.#takeAll())
      this.#parts.context.out.fail(requestId, 'promotion-refused', `the leader keeps its place: ${why}`);
  }

  failAll(why: string): void {
    for (const { requestId } of this.#takeAll()) this.#parts.context.out.fail(requestId, 'promotion-timeout', why);
  }

  /** Answers the requests that can be answered, and tries again for the others. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    const { context, roles } = this.#parts;
    const { leader } = roles;
    const { now, out, options } = context;
    if (leader?.isMarkerCommitted === true) {
      for (const { requestId } of this.#takeAll()) out.reply({ kind: 'promoted', requestId, epoch: leader.epoch });
      return;
    }
    const isLate = ({ deadline }: Waiting): boolean => deadline <= now;
    const late = this.#waiting.filter(isLate);
    this.#waiting = this.#waiting.filter((waiting) => !isLate(waiting));
    for (const { requestId, isForced } of late) {
      const why = this.#reasonAgainst(isForced);
      if (why === undefined) out.fail(requestId, 'promotion-timeout', `${options.id} did not become the leader in time, but may still`);
      else out.fail(requestId, 'promotion-refused', why);
    }
    if (this.#waiting.length === 0 && late.length > 0) roles.promotionOver();
    if (this.#waiting.length === 0 || roles.isSeekingOrLeading || now < this.#askAt) return;
    this.#askAt = instantMs(now + options.heartbeatIntervalMs);
    const isForced = this.#waiting.some((waiting) => waiting.isForced);
    if (this.#reasonAgainst(isForced) === undefined) this.#ask(isForced);
  }

  #ask(isForced: boolean): void {
    const { roles, follower } = this.#parts;
    if (isForced || roles.hint === undefined) roles.promoted(isForced);
    else follower.askHandOver();
  }

  /** A node that has just started may yet become a member. */
  #reasonAgainst(isForced: boolean): string | undefined {
    const { isListed, options, outline } = this.#parts.context;
    if (this.#parts.roles.leader !== undefined) return undefined;
    if (outline.hasLog && !isListed) return `${options.id} is no member of the cluster yet`;
    // Without elections and without a named master, an operator decides which node founds the cluster.
    const mayFound = options.elections === undefined && options.newCluster === 'auto';
    if (!outline.hasLog && !mayFound) return `${options.id} has no log`;
    return this.#lastingReasonAgainst(isForced);
  }

  #lastingReasonAgainst(isForced: boolean): string | undefined {
    const { context, disk, roles } = this.#parts;
    const { options, room } = context;
    if (roles.leader !== undefined) return undefined;
    if (room.lacking !== undefined) return `${options.id} has too little ${room.lacking}`;
    if (disk.stall !== undefined) return `the disk of ${options.id} has not answered for ${disk.stall.ms} ms`;
    return options.delayMs > 0 && !isForced ? `${options.id} holds every batch back for ${options.delayMs} ms` : undefined;
  }

  #takeAll(): readonly Waiting[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}
