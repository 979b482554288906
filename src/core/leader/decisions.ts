/**
 * Decisions about the log (model/control.ts): requests for them, each waiting until it is committed, and which one the leader
 * writes next. There is one at a time: each is committed before the next is written, so its numbers are exact.
 *
 * A node of an older version cannot read them, so the first is written only when every member has announced that it can.
 */

import { defaultIdempotencyWindowMs, keepsAll } from '../model/control.ts';
import type { Control, Retention } from '../model/control.ts';
import type { ReplicaEvent } from '../model/events.ts';
import type { Survey } from '../model/checkpoint.ts';
import { readsControls } from '../model/features.ts';
import type { MemberList } from '../model/members.ts';
import type { BatchNumber, InstantMs, NodeId, Offset, RequestId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Outbox } from '../node/outbox.ts';
import type { Followers } from './followers.ts';
import type { LogDates } from './log-dates.ts';
import { Retaining } from './retaining.ts';

type Request = Extract<ReplicaEvent, { kind: 'trimRequested' | 'retentionRequested' }>;

interface Asked {
  readonly requestId: RequestId;
  readonly deadline: InstantMs;
  /** A trim before this offset, or a retention. */
  readonly what: { readonly before: Offset } | { readonly retention: Retention };
}

/** A request, and the batch with the decision that it waits for. */
interface Written extends Asked {
  readonly number: BatchNumber;
}

export class Decisions {
  readonly retaining: Retaining;
  readonly #context: NodeContext;
  readonly #out: Outbox;
  /** The log had no entry when the epoch began: then what the nodes were configured to keep is what the cluster keeps. */
  readonly #isNew: boolean;
  #asked: Asked[] = [];
  #written: Written[] = [];
  /** What the leader itself wants to decide next. */
  #own: Control[] = [];

  constructor(context: NodeContext, parts: { readonly followers: Followers; readonly dates: LogDates }) {
    this.#context = context;
    this.retaining = new Retaining(context, parts);
    this.#out = context.out;
    this.#isNew = context.outline.end.offset === 0;
  }

  /** The members that may be unable to read a decision. */
  unready(list: MemberList): NodeId[] {
    const { outline, features, options } = this.#context;
    const claimed = { ...list, members: list.members.filter(({ storageId }) => storageId !== null) };
    if (options.isOlder === true) return [options.id];
    return features.without(readsControls, claimed, outline.controls.newest > outline.listNumber);
  }

  request(asked: Request & { readonly deadline: InstantMs }, list: MemberList): void {
    const { requestId, deadline } = asked;
    if (asked.kind === 'retentionRequested') return this.#ask({ requestId, deadline, what: { retention: asked.retention } }, list);
    const { before } = asked;
    const { outline } = this.#context;
    const { firstOffset } = outline.controls;
    if (before > outline.committedEnd) {
      const detail = `entries before ${before} cannot go: only those before ${outline.committedEnd} are committed`;
      this.#out.fail(requestId, 'not-committed', detail, { before, committedEnd: outline.committedEnd });
    } else if (before <= firstOffset) this.#out.reply({ kind: 'trimmed', requestId, firstOffset });
    else this.#ask({ requestId, deadline, what: { before } }, list);
  }

  /** The storage has told what would go: the leader decides by the retention. */
  surveyed(survey: Survey): void {
    this.#own = this.retaining.surveyed(survey);
  }

  /** The decision to write now, as batch `number`, if there is one. */
  next(list: MemberList, number: BatchNumber): Control | undefined {
    if (this.#context.outline.controls.isOpen) return undefined;
    return this.#nextAsked(number) ?? this.#nextOwn() ?? this.#first(list);
  }

  /** Answers those that are committed, and durable here, so that this node knows them to be in force. */
  confirm(): void {
    if (this.#written.length === 0) return;
    const { controls, committedNumber } = this.#context.outline;
    const { firstOffset } = controls;
    this.#written = this.#written.filter(({ requestId, number, what }) => {
      if (number >= committedNumber) return true;
      if ('before' in what) this.#out.reply({ kind: 'trimmed', requestId, firstOffset });
      else this.#out.reply({ kind: 'retentionSet', requestId, retention: what.retention });
      return false;
    });
  }

  /** The batch with the decision was refused for lack of room: it is decided again. */
  refused(number: BatchNumber): void {
    this.#asked = [...this.#written.filter((written) => written.number === number), ...this.#asked];
    this.#written = this.#written.filter((written) => written.number !== number);
  }

  /** @param isConfirmed - this leader's first batch is committed */
  tick(isConfirmed: boolean, list: MemberList): void {
    this.#expire(this.#context.now);
    if (isConfirmed && this.unready(list).length === 0) this.retaining.tick();
  }

  #expire(now: InstantMs): void {
    if (this.#asked.length === 0 && this.#written.length === 0) return;
    const isOver = ({ deadline }: Asked): boolean => deadline <= now;
    for (const { requestId, what } of this.#asked.filter(isOver)) this.#fail(requestId, what, 'the leader could not decide it in time');
    for (const { requestId, what } of this.#written.filter(isOver)) this.#fail(requestId, what, 'no majority confirmed it in time');
    this.#asked = this.#asked.filter((asked) => !isOver(asked));
    this.#written = this.#written.filter((written) => !isOver(written));
  }

  /** The epoch ends: this leader will learn no more about them. */
  failAll(): void {
    for (const { requestId } of this.#asked) this.#out.fail(requestId, 'not-leader', 'the epoch ended before it was decided');
    for (const { requestId, what } of this.#written) this.#fail(requestId, what, 'the epoch ended before it was confirmed');
    this.#asked = [];
    this.#written = [];
  }

  #ask(asked: Asked, list: MemberList): void {
    const waitingFor = this.unready(list);
    if (waitingFor.length === 0) this.#asked.push(asked);
    else {
      const detail = `not every member is known to run a version that can do this: ${waitingFor.join(', ')}`;
      this.#out.fail(asked.requestId, 'upgrade-pending', detail, { waitingFor });
    }
  }

  /** A base comes after the trim that it lies in; without it, for example because there was no room, it does not come. */
  #nextOwn(): Control | undefined {
    const control = this.#own.shift();
    const isAhead = control?.kind === 'base' && control.base.offset > this.#context.outline.controls.firstOffset;
    return isAhead ? undefined : control;
  }

  #fail(requestId: RequestId, what: Asked['what'], detail: string): void {
    this.#out.fail(requestId, 'before' in what ? 'trim-timeout' : 'retention-timeout', detail);
  }

  /** All trims that were asked for go together: the furthest one holds for all of them. Retentions go one by one. */
  #nextAsked(number: BatchNumber): Control | undefined {
    const [first] = this.#asked;
    if (first === undefined) return undefined;
    if ('retention' in first.what) {
      this.#asked.shift();
      this.#written.push({ ...first, number });
      return { kind: 'retention', retention: first.what.retention };
    }
    let { before } = first.what;
    for (let asked: Asked | undefined = first; asked !== undefined && 'before' in asked.what; [asked] = this.#asked) {
      if (asked.what.before > before) before = asked.what.before;
      this.#asked.shift();
      this.#written.push({ ...asked, number });
    }
    return { kind: 'trim', firstOffset: before };
  }

  /**
   * The first decision of a cluster, if it should differ from the defaults: in a new one what its founder was configured to keep;
   * in one from before there were decisions only how long the leader remembered keys, so that all nodes forget the same ones.
   */
  #first(list: MemberList): Control | undefined {
    const { outline, options } = this.#context;
    if (outline.controls.retention !== undefined) return undefined;
    const { idempotencyWindowMs, ...kept } = options.founding ?? keepsAll;
    const window = idempotencyWindowMs === defaultIdempotencyWindowMs ? null : idempotencyWindowMs;
    const retention = { ...(this.#isNew ? kept : keepsAll), idempotencyWindowMs: window };
    const isDefault = Object.values(retention).every((value) => value === null);
    return isDefault || this.unready(list).length > 0 ? undefined : { kind: 'retention', retention };
  }
}
