/**
 * Sends the appends of one client in the order of its calls. One request is in progress at a time; appends that arrive
 * meanwhile share the next one. No timer decides how long to gather them: the round trip does.
 *
 * Appends with different write concerns are sent in different requests. So that one that waits for all nodes does not
 * hold up those behind it that wait for less, the pipeline goes on as soon as a majority has it, because its offset is
 * certain then. To learn that, it sends the append once more, under its key, with `w=majority`.
 */

import { idempotencyKeyHeader, traceparentHeader } from '../api/headers.ts';
import { jsonMediaType } from '../api/media-types.ts';
import { messagesPath } from '../api/paths.ts';
import { EarliestTimer } from './earliest-timer.ts';
import { appendBody, batchLength, isKeyed, isSplittable, canBlockOthers } from './batching.ts';
import type { Batchable } from './batching.ts';
import type { NodeCaller } from './node-caller.ts';
import { ProblemError } from './problem-error.ts';
import { sharedTraceparent } from './trace-parent.ts';
import type { AppendAnswer, WriteConcern } from '../api/entries.ts';
import type { AppendedMany } from './log.ts';
import type { AppendOptions } from './types.ts';

/** Maximum number of requests that keep waiting beside the pipeline: a browser has few connections. */
const heldUpMax = 3;
/** How long keys of messages are not tried again after a node did not know them: nodes are upgraded one by one. */
const withoutKeysMs = 60_000;

export interface QueuedAppend extends Batchable {
  readonly signal: AbortSignal | undefined;
  /** The trace that its caller records. */
  readonly traceparent: string | undefined;
  readonly onRetry: AppendOptions['onRetry'];
  readonly resolve: (appended: AppendedMany) => void;
  readonly reject: (reason: unknown) => void;
}

interface Waiting extends QueuedAppend {
  readonly askedAt: number;
  isFinished: boolean;
  /** The keys of its messages, if it was sent with those: they stay the same, whatever it is sent together with. */
  messageKeys: Batchable['keys'];
  /** Called when it is finished. */
  readonly forget: () => void;
}

interface Sending {
  readonly items: readonly Waiting[];
  /** For the request as a whole; `undefined` if it has `keys`, or is sent only once and its caller gave none. */
  readonly key: string | undefined;
  /** One for each message, if one of the callers gave keys. */
  readonly keys: Batchable['keys'];
  readonly w: WriteConcern | undefined;
  readonly deadline: number;
  readonly gone: AbortController;
  /** Set once it was sent a second time: whether that may have stored it. */
  probe: Promise<boolean> | undefined;
  /** An earlier request, under the same keys, may have stored it. */
  readonly isDoubtful: boolean;
  /** It was answered, so it is not sent again under its key. */
  isAnswered: boolean;
}

export class AppendPipeline {
  readonly #caller: NodeCaller;
  readonly #drawKey: () => string;
  #queue: Waiting[] = [];
  #isRunning = false;
  #heldUpCount = 0;
  #pending = 0;
  readonly #timer = new EarliestTimer(() => this.#dropLate());
  /** Called whenever an append is added. */
  #added: (() => void) | undefined;
  /** Until when keys of messages are not used, on the clock of `performance.now()`. */
  #withoutKeysUntil = 0;

  constructor(caller: NodeCaller, drawKey: () => string) {
    this.#caller = caller;
    this.#drawKey = drawKey;
  }

  /** Messages that have not been answered yet. */
  get pending(): number {
    return this.#pending;
  }

  add(append: QueuedAppend): void {
    const { signal, texts } = append;
    const abort = (): void => this.#abort(item);
    const forget = (): void => {
      this.#pending -= texts.length;
      signal?.removeEventListener('abort', abort);
    };
    const item: Waiting = { ...append, askedAt: performance.now(), isFinished: false, messageKeys: undefined, forget };
    this.#pending += texts.length;
    signal?.addEventListener('abort', abort, { once: true });
    this.#queue.push(item);
    this.#added?.();
    if (this.#isRunning) {
      this.#timer.fireAt(item.askedAt + item.timeoutMs);
      return;
    }
    this.#isRunning = true;
    // Appends of the same turn share one request.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (;;) {
      // Without retries a failed request is not split either, so an append must not share one: it would fail for its
      // neighbour.
      const takesKeys = performance.now() >= this.#withoutKeysUntil;
      const length = this.#caller.retries ? batchLength(this.#queue, takesKeys) : Math.min(1, this.#queue.length);
      if (length === 0) break;
      const items = this.#queue.slice(0, length);
      this.#queue = this.#queue.slice(length);
      this.#watchTime();
      const sending = this.#begin(items, performance.now() + (items[0]?.timeoutMs ?? 0));
      const sent = this.#send(sending);
      await Promise.race([sent, this.#placed(sending, sent)]);
    }
    this.#isRunning = false;
  }

  #begin(items: readonly Waiting[], deadline: number): Sending {
    const [first] = items;
    const hasKeys = first?.keys !== undefined || (items.length > 1 && items.some(isKeyed));
    return {
      items,
      key: hasKeys ? undefined : (first?.key ?? first?.messageKeys?.[0] ?? this.#draw()),
      keys: hasKeys ? items.flatMap((item) => this.#keysOf(item)) : undefined,
      w: first?.w,
      deadline,
      gone: new AbortController(),
      isDoubtful: false,
      probe: undefined,
      isAnswered: false,
    };
  }

  #keysOf(item: Waiting): readonly (string | null)[] {
    const { key, keys, texts } = item;
    item.messageKeys ??= texts.map((_text, at) => keys?.[at] ?? key ?? this.#draw() ?? null);
    return item.messageKeys;
  }

  /** What is sent only once needs no key. */
  #draw(): string | undefined {
    return this.#caller.retries ? this.#drawKey() : undefined;
  }

  /** Resolves when all its appends are finished. Never rejects. */
  async #send(sending: Sending): Promise<void> {
    const { items } = sending;
    const watch = (): void => {
      if (items.every((item) => item.isFinished)) sending.gone.abort();
    };
    for (const { signal } of items) signal?.addEventListener('abort', watch);
    try {
      const answer = await this.#post(sending, sending.w, (reason) => {
        for (const item of items) tellRetry(item, reason);
        watch();
      }).finally(() => (sending.isAnswered = true));
      let at = 0;
      for (const item of items) {
        const appended = ownAnswer(answer, item, at);
        finish(item, () => item.resolve(appended));
        at += item.texts.length;
      }
    } catch (error) {
      await this.#failed(sending, error);
    } finally {
      for (const { signal } of items) signal?.removeEventListener('abort', watch);
    }
  }

  async #failed(sending: Sending, error: unknown): Promise<void> {
    const { items, probe } = sending;
    let problem = error;
    if (sending.keys !== undefined && problem instanceof ProblemError && knowsNoKeys(problem)) {
      this.#withoutKeysUntil = performance.now() + withoutKeysMs;
      if (items.length > 1) {
        const isDoubtful = sending.isDoubtful || problem.outcome === 'unknown';
        for (const item of items) await this.#send({ ...this.#begin([item], sending.deadline), isDoubtful });
        return;
      }
      problem = problem.with({ code: 'upgrade-pending', detail: 'a node of this cluster does not know "keys" yet', retryable: true });
    }
    // Either of the two requests may have stored it, or one before them.
    if (problem instanceof ProblemError && problem.outcome === 'rejected' && (sending.isDoubtful || (await probe) === true))
      problem = problem.with({ outcome: 'unknown' });
    if (items.length > 1 && problem instanceof ProblemError && isSplittable(problem, items)) {
      const middle = items.length >> 1;
      await this.#send(this.#begin(items.slice(0, middle), sending.deadline));
      await this.#send(this.#begin(items.slice(middle), sending.deadline));
      return;
    }
    let at = 0;
    for (const item of items) {
      const own = ownProblem(problem, item, at);
      finish(item, () => item.reject(own));
      at += item.texts.length;
    }
  }

  async #post(
    { items, key, keys, deadline, gone }: Sending,
    w: WriteConcern | undefined,
    onRetry?: AppendOptions['onRetry'],
  ): Promise<AppendAnswer> {
    const headers: Record<string, string> = { 'content-type': jsonMediaType };
    if (key !== undefined) headers[idempotencyKeyHeader] = key;
    const traceparent = sharedTraceparent(items);
    if (traceparent !== undefined) headers[traceparentHeader] = traceparent;
    return this.#caller.call({
      method: 'POST',
      path: messagesPath,
      headers,
      body: (leftMs) => appendBody(items, { w, keys, remainingMs: Math.min(leftMs, items[0]?.timeoutMs ?? leftMs) }),
      timeoutMs: Math.max(1, deadline - performance.now()),
      silenceMs: items[0]?.silenceMs,
      signal: gone.signal,
      ...(onRetry !== undefined && { onRetry }),
      read: async (answer) => {
        const appended = (await answer.json()) as AppendAnswer;
        const { offset, offsets } = appended;
        if (!Number.isSafeInteger(offset)) throw new Error('the answer has no offset');
        if (keys !== undefined && offsets?.length !== keys.length) throw new Error('the answer has not one offset for each message');
        return appended;
      },
    });
  }

  /** Resolves when its offset is certain, if an append with another `w` waits behind it; otherwise when it is answered. */
  async #placed(sending: Sending, sent: Promise<void>): Promise<void> {
    if (!this.#caller.retries || !canBlockOthers(sending.w) || this.#heldUpCount >= heldUpMax) return sent;
    await Promise.race([sent, this.#othersWait(sending.w)]);
    if (sending.isAnswered) return sent;
    this.#heldUpCount += 1;
    void sent.finally(() => (this.#heldUpCount -= 1));
    let isPlaced = false;
    sending.probe = this.#post(sending, 'majority').then(
      () => (isPlaced = true),
      (error: unknown) => !(error instanceof ProblemError && error.outcome === 'rejected'),
    );
    await sending.probe;
    if (!isPlaced) await sent;
  }

  /** Resolves when the next append in the queue has another `w`. */
  #othersWait(w: WriteConcern | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#added = () => {
        const [next] = this.#queue;
        if (next === undefined || next.w === w) return;
        this.#added = undefined;
        resolve();
      };
      this.#added();
    });
  }

  #abort(item: Waiting): void {
    const at = this.#queue.indexOf(item);
    if (at !== -1) this.#queue.splice(at, 1);
    finish(item, () => item.reject(item.signal?.reason));
  }

  /** Sets the timer by which appends fail whose timeout expires in the queue. */
  #watchTime(): void {
    this.#timer.off();
    for (const item of this.#queue) this.#timer.fireAt(item.askedAt + item.timeoutMs);
  }

  #dropLate(): void {
    const now = performance.now();
    const isLate = (item: Waiting): boolean => item.askedAt + item.timeoutMs <= now;
    const late = this.#queue.filter(isLate);
    this.#queue = this.#queue.filter((item) => !isLate(item));
    for (const item of late) {
      const detail = `it waited ${item.timeoutMs} ms behind other appends and was not sent`;
      finish(item, () => item.reject(new ProblemError({ code: 'not-sent', detail, outcome: 'rejected', retryable: true })));
    }
    this.#watchTime();
  }
}

function finish(item: Waiting, how: () => void): void {
  if (item.isFinished) return;
  item.isFinished = true;
  item.forget();
  how();
}

/** Calls `onRetry`. If it throws, only its own append fails, and not those that share the request. */
function tellRetry(item: Waiting, reason: ProblemError): void {
  if (item.isFinished) return;
  try {
    item.onRetry?.(reason);
  } catch (error) {
    finish(item, () => item.reject(error));
  }
}

/** The node, or the leader that it forwards to, is of a version without keys of messages. */
function knowsNoKeys({ code, facts }: ProblemError): boolean {
  return code === 'bad-request' && facts['field'] === 'keys';
}

/** What an append is told whose messages are the `at`th of their request and those behind it. */
function ownAnswer({ offset, offsets, epoch, epochs, w, acks }: AppendAnswer, { texts, keys }: Waiting, at: number): AppendedMany {
  const count = texts.length;
  if (offsets === undefined) return { offset: offset + at, epoch, w, acks, count };
  const own = offsets.slice(at, at + count);
  const newest = epochs === undefined ? epoch : Math.max(...epochs.slice(at, at + count));
  return { offset: own[0] ?? offset, epoch: newest, w, acks, count, ...(keys !== undefined && { offsets: own }) };
}

/** The failure for the `at`th message of a request and those behind it: with their own offsets, if they are stored. */
function ownProblem(problem: unknown, { texts, keys }: Waiting, at: number): unknown {
  if (!(problem instanceof ProblemError)) return problem;
  const { offset, offsets, ...facts } = problem.facts;
  if (Array.isArray(offsets)) {
    const own = offsets.slice(at, at + texts.length) as unknown[];
    return problem.with({ facts: { ...facts, offset: own[0], count: own.length, ...(keys !== undefined && { offsets: own }) } });
  }
  return typeof offset === 'number' && at > 0 ? problem.with({ facts: { ...problem.facts, offset: offset + at } }) : problem;
}
