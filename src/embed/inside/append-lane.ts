/**
 * Appends what a service asks of its own node, in the order of the calls.
 *
 * While the node leads, each unit goes straight to the core, as that of an HTTP request does, and many may wait there at once. A
 * follower forwards one unit at a time, and joins what comes meanwhile. What a leader that is gone has dropped, or may have
 * stored, is tried again before anything that was asked later, under the identity that it was given before its first try: so it
 * is stored once (docs/adr/0019-identities-of-forwarded-appends.md).
 */

import { LogError, problems } from '../../api/problems.ts';
import type { WriteConcern } from '../../api/entries.ts';
import { EarliestTimer } from '../../client/earliest-timer.ts';
import { append, appendKey } from '../../http/append/appending.ts';
import type { AppendingNode } from '../../http/append/appending.ts';
import { checkSizes } from '../../http/append/message-limits.ts';
import type { BodyBudget } from '../../http/wire/body-budget.ts';
import { asLogError } from '../../http/wire/problem.ts';
import type { Caller } from '../../trust/caller.ts';
import { joined } from './append-unit.ts';
import type { AppendUnit } from './append-unit.ts';
import type { Places } from './messages.ts';

/** Limits for units that are joined: large enough that a request costs little per message. */
const joinedEntriesMax = 4096;
const joinedBytesMax = 4 * 1024 * 1024;

export interface LaneNode extends AppendingNode {
  readonly bodies: BodyBudget;
}

export interface Placed {
  readonly offset: number;
  readonly epoch: number;
  readonly w: WriteConcern;
  readonly acks: number;
  /** With keys for the messages: where each is. */
  readonly places: Places | undefined;
}

interface LaneParts {
  readonly node: LaneNode;
  /** For whom the node asks a leader. */
  readonly caller: Caller;
  readonly stored: (unit: AppendUnit, placed: Placed) => void;
  readonly failed: (unit: AppendUnit, problem: LogError) => void;
}

/**
 * Refusals that concern one message, or all of them together: each append alone may be taken. An older member knows no appends
 * with several keys.
 */
const splittable: ReadonlySet<string> = new Set([
  'body-too-large',
  'key-reused',
  'message-too-large',
  'too-many-messages',
  'upgrade-pending',
]);

export class AppendLane {
  readonly #parts: LaneParts;
  /** In the order of the calls. */
  #queue: AppendUnit[] = [];
  /** Tried without an answer that is final, in the order of the calls. They come before the queue. */
  #again: AppendUnit[] = [];
  /** Those that the core has. */
  readonly #submitted = new Set<AppendUnit>();
  /** One goes through `append`, and nothing else is tried. */
  #isAlone = false;
  #isGoing = false;
  #count = 0;
  readonly #idleWaiters: (() => void)[] = [];
  readonly #timer = new EarliestTimer(() => this.#dropLate());

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  add(unit: AppendUnit): void {
    unit.sequence = this.#count;
    this.#count += 1;
    this.#queue.push(...this.#checked(unit));
    this.#go();
    if (this.#queue.length > 0) this.#timer.fireAt(unit.settings.deadline);
  }

  /** Nobody waits for this group any more. */
  drop(group: number): void {
    const isOf = ({ parts }: AppendUnit): boolean => parts.every((part) => part.group === group);
    const gone = this.#queue.filter(isOf);
    this.#queue = this.#queue.filter((unit) => !isOf(unit));
    for (const unit of this.#submitted) {
      if (!isOf(unit)) continue;
      this.#submitted.delete(unit);
      if (unit.request !== undefined) this.#parts.node.driver.abandon(unit.request);
      gone.push(unit);
    }
    for (const unit of gone) release(unit);
    this.#go();
  }

  /** Resolves when nothing waits for an answer. */
  async untilIdle(): Promise<void> {
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  get #isIdle(): boolean {
    return !this.#isAlone && this.#submitted.size === 0 && this.#again.length === 0 && this.#queue.length === 0;
  }

  #go(): void {
    // The core may answer at once, in the middle of this.
    if (this.#isGoing) return;
    this.#isGoing = true;
    while (!this.#isAlone) {
      // Keys for the messages take a while to compute, in steps.
      const isPlain = this.#again.length === 0 && this.#queue[0]?.settings.keys === undefined;
      const isHere = isPlain && this.#parts.node.driver.isSeekingOrLeading;
      // Those that the core has may have to be tried again, and came first.
      if (!isHere && this.#submitted.size > 0) break;
      const unit = this.#again.shift() ?? this.#queue.shift();
      if (unit === undefined) break;
      if (isHere) this.#submit(unit);
      else void this.#tryAlone(this.#withLikes(unit));
    }
    this.#isGoing = false;
    if (this.#idleWaiters.length > 0 && this.#isIdle) for (const idle of this.#idleWaiters.splice(0)) idle();
  }

  #submit(unit: AppendUnit): void {
    const { driver, forwardIdentities } = this.#parts.node;
    const { messages, settings, remainingMs: timeoutMs } = unit;
    const { w, ifEpoch, key, trace } = settings;
    if (timeoutMs < 1) return this.#late(unit);
    // A leader refuses an identity while some member could not tell it from a key.
    if (key === undefined && driver.leader?.remembersForwards === true) unit.identity ??= forwardIdentities.next();
    this.#submitted.add(unit);
    const known = appendKey(messages, { key, identity: unit.identity });
    const submitted = { messages, key: known, concern: { w, timeoutMs }, ifEpoch, trace };
    const request = driver.submit(submitted, (reply) => {
      if (!this.#submitted.delete(unit)) return;
      unit.request = undefined;
      if (reply.kind !== 'failed') this.#stored(unit, { ...reply, w, places: undefined });
      else this.#failedHere(unit, new LogError(reply.code, reply.detail, reply.facts));
      this.#go();
    });
    if (this.#submitted.has(unit)) unit.request = request;
  }

  #failedHere(unit: AppendUnit, error: LogError): void {
    const told = unit.tries.failed(error, unit.isRepeatable);
    if (told !== undefined || unit.remainingMs < 1) return this.#failed(unit, told ?? unit.tries.over(error));
    this.#again = [...this.#again, unit].toSorted((a, b) => a.sequence - b.sequence);
  }

  /** Here or at the leader, whichever node that is, and for as long as there is time. Never rejects. */
  async #tryAlone(unit: AppendUnit): Promise<void> {
    const { node, caller } = this.#parts;
    const { messages, settings, identity, remainingMs: timeoutMs } = unit;
    const { w, ifEpoch, key, keys, trace } = settings;
    if (timeoutMs < 1) return this.#late(unit);
    this.#isAlone = true;
    try {
      const result = await append(node, {
        messages,
        w,
        ifEpoch,
        timeoutMs,
        key,
        keys,
        identity,
        forwarded: undefined,
        caller,
        trace,
        onGone: () => undefined,
      });
      this.#stored(unit, { ...result, w, places: result.places });
    } catch (error) {
      const failure = asLogError(error);
      // When an epoch is over, a key that is known is still answered, if nothing new comes with it.
      const isOfKeys = failure.code === 'wrong-epoch' && unit.settings.keys !== undefined;
      if ((splittable.has(failure.code) || isOfKeys) && unit.appendCount > 1) {
        release(unit);
        this.#again = [...unit.split(), ...this.#again];
      } else this.#failed(unit, problems[failure.code].outcome === 'rejected' ? unit.tries.over(failure) : failure);
    }
    this.#isAlone = false;
    this.#go();
  }

  /** Takes those from the queue that may share its place. */
  #withLikes(unit: AppendUnit): AppendUnit {
    if (unit.identity !== undefined || unit.tries.isInDoubt) return unit;
    const bytesMax = Math.min(joinedBytesMax, this.#parts.node.config.bodyBytesMax / 2);
    let [entries, bytes] = [unit.messages.count, unit.messages.bytes.length];
    const end = this.#queue.findIndex(({ messages }, index) => {
      entries += messages.count;
      bytes += messages.bytes.length;
      return entries > joinedEntriesMax || bytes > bytesMax || !unit.isLike(this.#queue[index] ?? unit);
    });
    return joined(unit, this.#queue.splice(0, end === -1 ? this.#queue.length : end));
  }

  /** @returns it, or each of its appends if together they are refused; those that are refused alone have failed */
  #checked(unit: AppendUnit): AppendUnit[] {
    const { bodies, config } = this.#parts.node;
    const { messages } = unit;
    try {
      checkSizes(messages, config.messageBytesMax);
      const body = bodies.begin(messages.bytes.length);
      body.add(messages.bytes);
      unit.bodies = [body];
      return [unit];
    } catch (error) {
      const failure = asLogError(error);
      if (splittable.has(failure.code) && unit.appendCount > 1) return unit.split().flatMap((each) => this.#checked(each));
      this.#failed(unit, failure);
      return [];
    }
  }

  #dropLate(): void {
    const late = this.#queue.filter(isLate);
    this.#queue = this.#queue.filter((unit) => !isLate(unit));
    for (const unit of late) this.#late(unit);
    this.#timer.off();
    for (const { settings } of this.#queue) this.#timer.fireAt(settings.deadline);
  }

  #late(unit: AppendUnit): void {
    this.#failed(unit, unit.tries.over(new LogError('no-leader', `it waited ${unit.settings.timeoutMs} ms, and no leader took it`)));
  }

  #stored(unit: AppendUnit, { offset, epoch, w, acks, places }: Placed): void {
    release(unit);
    this.#parts.stored(unit, { offset, epoch, w, acks, places });
  }

  #failed(unit: AppendUnit, problem: LogError): void {
    release(unit);
    this.#parts.failed(unit, problem);
  }
}

function isLate({ remainingMs }: AppendUnit): boolean {
  return remainingMs < 1;
}

function release({ bodies }: AppendUnit): void {
  for (const body of bodies) body.release();
}
