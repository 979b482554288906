/**
 * Queues appends for the leader, or refuses them. An append that gets no place in the log before its deadline is failed here.
 */

import type { Candidate } from './candidate/candidate.ts';
import { AppendQueue } from './leader/append-queue.ts';
import type { Leader } from './leader/leader.ts';
import type { AppendRequest } from './model/events.ts';
import type { LeaderHint } from './model/messages.ts';
import type { RequestId } from './model/numbers.ts';
import type { NodeContext } from './node/context.ts';
import { stallText } from './node/stalled-disk.ts';
import type { StalledDisk } from './node/stalled-disk.ts';

/** Who leads, as far as this node knows: this node, perhaps this node soon, or another one. */
export interface WhoLeads {
  readonly leader: Leader | undefined;
  readonly candidate: Candidate | undefined;
  readonly hint: LeaderHint | undefined;
}

export class Admission {
  readonly queue = new AppendQueue();
  readonly #context: NodeContext;
  readonly #disk: StalledDisk;
  #isStopping = false;

  constructor(context: NodeContext, disk: StalledDisk) {
    this.#context = context;
    this.#disk = disk;
  }

  /** This node takes no new appends: it is shutting down. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Appends that have not been answered yet. */
  waitingAppends({ leader }: Pick<WhoLeads, 'leader'>): number {
    return this.queue.length + (leader?.waiting.length ?? 0);
  }

  /** The memory that they take: their messages until these have a place in the log, next to nothing from then on. */
  waitingBytes({ leader }: Pick<WhoLeads, 'leader'>): number {
    return this.queue.byteCount + (leader?.waiting.byteCount ?? 0);
  }

  append(request: AppendRequest, who: WhoLeads): void {
    const { out, options, now, room } = this.#context;
    const { requestId, byteCount } = request;
    const count = this.waitingAppends(who);
    const bytes = this.waitingBytes(who);
    if (this.#isStopping) out.fail(requestId, 'shutting-down', 'this node takes no new appends: it is shutting down');
    else if (who.leader === undefined && who.candidate === undefined) this.failNotLeader(requestId, who.hint);
    else if (who.candidate !== undefined && room.short !== undefined) this.#failNoRoom(requestId);
    else if (count >= options.pendingAppendsMax)
      out.fail(requestId, 'overloaded', `${count} appends wait already`, { limit: 'PENDING_APPENDS_MAX', max: options.pendingAppendsMax });
    else if (count > 0 && bytes + byteCount > options.pendingBytesMax) {
      out.fail(requestId, 'overloaded', `${bytes} bytes of messages wait already`, {
        limit: 'PENDING_BYTES_MAX',
        max: options.pendingBytesMax,
      });
    } else this.queue.push(request, now);
  }

  failNotLeader(requestId: RequestId, hint: LeaderHint | undefined): void {
    const why = hint === undefined ? 'no leader is known' : `${hint.id} leads epoch ${hint.epoch}`;
    this.#context.out.fail(requestId, 'not-leader', why, hint === undefined ? {} : { leader: hint.id, leaderUrl: hint.url });
  }

  /** This node neither leads nor campaigns any more: the queued appends are for another node. */
  failAllNotLeader(hint: LeaderHint | undefined): void {
    for (const { requestId } of this.queue.takeAll()) this.failNotLeader(requestId, hint);
  }

  /** A candidate without room on its disk cannot come to lead, so the queued appends would wait in vain. */
  failAllWithoutRoom(): void {
    if (this.#context.room.short === undefined) return;
    for (const { requestId } of this.queue.takeAll()) this.#failNoRoom(requestId);
  }

  failAllStopped(): void {
    for (const { requestId } of this.queue.takeAll()) {
      this.#context.out.fail(requestId, 'shutting-down', 'this node shut down before it was stored');
    }
  }

  tick(who: WhoLeads): void {
    for (const { requestId } of this.queue.takeExpired(this.#context.now)) this.#failUntaken(requestId, who);
  }

  /** Its deadline has passed, and it got no place in the log. */
  #failUntaken(requestId: RequestId, { leader, candidate }: WhoLeads): void {
    const { out } = this.#context;
    if (leader?.takesAppends === true) return out.fail(requestId, 'disk-slow', stallText(this.#disk.stall));
    const why = leader === undefined ? 'there was no leader in time' : 'this node leads, but did not accept appends yet';
    out.fail(requestId, 'no-leader', `${why}; nothing was stored`, { waitingFor: candidate?.waitingFor ?? [] });
  }

  #failNoRoom(requestId: RequestId): void {
    const lacks = this.#context.room.short;
    const detail = `this node has too little ${lacks}, and cannot lead before there is more; nothing was stored`;
    this.#context.out.fail(requestId, 'no-room', detail, { lacks });
  }
}
