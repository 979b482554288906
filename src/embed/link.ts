/**
 * The service's side of the talk with its node. It gathers what is asked in one turn of the event loop, and when the node is
 * gone, says of each thing that waits whether it may have happened.
 */

import { problems } from '../api/problems.ts';
import { ProblemError } from '../client/problem-error.ts';
import type { Appended } from '../api/entries.ts';
import type { Carrier } from './carrier.ts';
import type { Asked, AskedCall, CallKind, CallKinds, NotStored, Stored, Told, ToldProblem } from './inside/messages.ts';
import { gather } from './outbox.ts';
import type { AskedAppend } from './outbox.ts';

export interface LinkedAppend extends AskedAppend {
  readonly signal: AbortSignal | undefined;
}

interface Placed extends Appended {
  /** With keys for the messages: the place of each. */
  readonly offsets: readonly number[] | undefined;
}

interface Waiting extends LinkedAppend {
  readonly resolve: (placed: Placed) => void;
  readonly reject: (reason: unknown) => void;
  isOver: boolean;
  /** Stops listening to its signal. */
  forget: () => void;
}

interface WaitingCall {
  readonly resolve: (answer: CallKinds[CallKind]['answer']) => void;
  readonly reject: (reason: unknown) => void;
}

export class Link {
  readonly #maxPending: number;
  #carrier: Carrier | undefined;
  #nextId = 0;
  /** Asked in this turn. */
  #appends: Waiting[] = [];
  #asked: AskedCall[] = [];
  #dropped: number[] = [];
  #isDue = false;
  /** By id: what the node has been asked, and has not answered. */
  readonly #groups = new Map<number, readonly Waiting[]>();
  readonly #calls = new Map<number, WaitingCall>();
  /** Why nothing can be asked any more. */
  #over: ProblemError | undefined;
  #pending = 0;

  /** @param maxPending - as many messages may wait for an answer, and of one append as many as it likes if no other waits */
  constructor(maxPending: number) {
    this.#maxPending = maxPending;
  }

  /** Messages of appends that wait for an answer. */
  get pending(): number {
    return this.#pending;
  }

  open(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  /** @throws ProblemError; the signal's reason */
  append(append: LinkedAppend): Promise<Placed> {
    const { signal } = append;
    if (this.#over !== undefined) return Promise.reject(this.#over);
    if (this.#pending > 0 && this.#pending + append.texts.length > this.#maxPending) return Promise.reject(this.#tooMany());
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...append, resolve, reject, isOver: false, forget: () => undefined };
      if (signal !== undefined) {
        const abort = (): void => this.#abort(waiting);
        waiting.forget = () => signal.removeEventListener('abort', abort);
        signal.addEventListener('abort', abort, { once: true });
      }
      this.#appends.push(waiting);
      this.#pending += append.texts.length;
      this.#sendSoon();
    });
  }

  /** @throws ProblemError; the signal's reason */
  async call<Kind extends CallKind>(kind: Kind, asked: CallKinds[Kind]['asked'], signal?: AbortSignal): Promise<CallKinds[Kind]['answer']> {
    signal?.throwIfAborted();
    if (this.#over !== undefined) throw this.#over;
    const id = this.#nextId;
    this.#nextId += 1;
    const { promise, resolve, reject } = Promise.withResolvers<CallKinds[CallKind]['answer']>();
    this.#calls.set(id, { resolve, reject });
    this.#asked.push({ id, kind, asked } as AskedCall);
    this.#sendSoon();
    const abort = (): void => {
      if (this.#calls.delete(id)) this.#drop(id);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #tooMany(): ProblemError {
    const facts = { pending: this.#pending, max: this.#maxPending };
    const detail = `${facts.pending} messages have not been answered yet, and at most ${facts.max} may be: wait for some of them`;
    return new ProblemError({ code: 'too-many-pending', detail, outcome: 'rejected', retryable: true, facts });
  }

  told({ appends, calls }: Told): void {
    for (const answer of appends) this.#answered(answer);
    for (const { id, result } of calls) {
      const waiting = this.#calls.get(id);
      this.#calls.delete(id);
      if ('answer' in result) waiting?.resolve(result.answer);
      else waiting?.reject(problemErrorOf(result.problem));
    }
  }

  /** Takes nothing more. What was asked until now is sent, and answered. */
  close(): void {
    this.#over ??= problemErrorOf({ code: 'shutting-down', detail: 'this node was stopped', facts: {}, status: 503 });
  }

  /** The node is gone. What it was asked may have happened; what is still here was not sent, and is not any more. */
  end(reason: Error): void {
    const detail = `this node is gone: ${reason.message}`;
    const unknown = new ProblemError({ code: 'unreachable', detail, outcome: 'unknown', retryable: true }, { cause: reason });
    const rejected = unknown.with({ outcome: 'rejected' });
    this.#over ??= rejected;
    for (const appends of this.#groups.values()) for (const each of appends) this.#settle(each, () => each.reject(unknown));
    this.#groups.clear();
    for (const each of this.#appends.splice(0)) this.#settle(each, () => each.reject(rejected));
    for (const { reject } of this.#calls.values()) reject(rejected);
    this.#calls.clear();
    this.#carrier = undefined;
  }

  #answered(answer: Stored | NotStored): void {
    const appends = this.#groups.get(answer.group);
    if (appends === undefined) return;
    const { from, to } = answer;
    let before = 0;
    for (let index = from; index < to; index += 1) {
      const each = appends[index];
      if (each === undefined) break;
      if ('problem' in answer) {
        const problem = problemErrorOf(answer.problem, before);
        this.#settle(each, () => each.reject(problem));
      } else {
        const placed = placedOf(answer, before, each.texts.length);
        this.#settle(each, () => each.resolve(placed));
      }
      before += each.texts.length;
    }
    if (to - from === appends.length || appends.every(({ isOver }) => isOver)) this.#groups.delete(answer.group);
  }

  #abort(waiting: Waiting): void {
    this.#settle(waiting, () => waiting.reject(waiting.signal?.reason));
    this.#appends = this.#appends.filter((each) => each !== waiting);
    for (const [id, appends] of this.#groups) {
      if (!appends.includes(waiting) || appends.some(({ isOver }) => !isOver)) continue;
      this.#groups.delete(id);
      this.#drop(id);
    }
  }

  #settle(waiting: Waiting, how: () => void): void {
    if (waiting.isOver) return;
    waiting.isOver = true;
    this.#pending -= waiting.texts.length;
    waiting.forget();
    how();
  }

  #drop(id: number): void {
    this.#dropped.push(id);
    this.#sendSoon();
  }

  /** Everything that is asked in one turn goes at once: what answers have led to is asked in the turn in which they came. */
  #sendSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#send());
  }

  #send(): void {
    this.#isDue = false;
    if (this.#carrier === undefined) return;
    const [waiting, calls, dropped] = [this.#appends, this.#asked, this.#dropped];
    [this.#appends, this.#asked, this.#dropped] = [[], [], []];
    const { groups, bytes } = gather(waiting, this.#nextId);
    this.#nextId += groups.length;
    for (const { appends, group } of groups) this.#groups.set(group.id, appends);
    const asked: Asked = { groups: groups.map(({ group }) => group), bytes: groups.length === 0 ? undefined : bytes, calls, dropped };
    this.#carrier.ask(asked);
  }
}

/** @param before - messages of the same answer that come before those of this append */
function placedOf({ offset, epoch, w, acks, places }: Stored, before: number, count: number): Placed {
  if (places === undefined) return { offset: offset + before, epoch, w, acks, offsets: undefined };
  const offsets = places.offsets.slice(before, before + count);
  const own = count === 1 ? places.epochs?.[before] : undefined;
  return { offset: offsets[0] ?? offset, epoch: own ?? epoch, w, acks, offsets };
}

/** @param before - messages of the same append that come before: a later one has its own offset, if it may be stored */
function problemErrorOf({ code, detail, facts, status }: ToldProblem, before = 0): ProblemError {
  const { title, outcome, isRetryable: retryable } = problems[code];
  const { offset } = facts;
  const own = before > 0 && typeof offset === 'number' ? { ...facts, offset: offset + before } : facts;
  return new ProblemError({ code, title, detail, outcome, retryable, status, facts: own });
}
