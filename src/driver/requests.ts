/**
 * Requests to the core that wait for its reply. The messages of an append are kept here until they are encoded into a batch:
 * the core sees only counts.
 */

import { assert } from '../core/model/assert.ts';
import type { BatchDraft } from '../core/model/batch.ts';
import type { AppendRequest, Reply } from '../core/model/events.ts';
import { requestId } from '../core/model/numbers.ts';
import type { InstantMs, RequestId } from '../core/model/numbers.ts';
import type { WriteConcern } from '../api/entries.ts';
import { SlotMap } from './slot-map.ts';
import type { StoreWork } from './log-worker.ts';
import type { AnsweredAppend, DriverObserver, PlacedAppend } from './observer.ts';
import type { AppendTrace } from '../ports/append-traces.ts';
import type { Clock } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import type { EncodableAppend } from '../protocol/batch-codec.ts';
import { pickMessages } from '../protocol/packed-messages.ts';
import type { PackedMessages } from '../protocol/packed-messages.ts';

/** Roughly what the key of one message takes in memory while it waits. */
const heldKeyBytes = 256;

export type AppendResult = Omit<Extract<Reply, { kind: 'appended' }>, 'kind' | 'requestId'>;

export type AppendReply = Extract<Reply, { kind: 'appended' | 'failed' }>;

/** @param unplaced - the messages, if they got no place in the log, so that nothing was stored */
export type AppendAnswered = (reply: AppendReply, unplaced: PackedMessages | undefined) => void;

interface AskedAppend {
  readonly w: WriteConcern;
  /** Handed to the observers when it is placed. */
  readonly trace: AppendTrace | undefined;
}

interface PendingAppend {
  readonly kind: 'append';
  /** `undefined` once it is encoded, or found to be in the log already. */
  append: EncodableAppend | undefined;
  readonly entryCount: number;
  readonly w: WriteConcern;
  readonly askedAt: InstantMs;
  readonly trace: AppendTrace | undefined;
  readonly answered: AppendAnswered;
}

type PendingRequest = PendingAppend | { readonly kind: 'other'; readonly answered: (reply: Reply) => void };

export class Requests {
  readonly #clock: Clock;
  readonly #observer: DriverObserver;
  readonly #pending = new SlotMap<PendingRequest>();

  constructor(clock: Clock, observer: DriverObserver) {
    this.#clock = clock;
    this.#observer = observer;
  }

  addAppend(append: EncodableAppend, { w, trace }: AskedAppend, answered: AppendAnswered): RequestId {
    const askedAt = this.#clock.now();
    return requestId(this.#pending.add({ kind: 'append', append, entryCount: append.messages.count, w, askedAt, trace, answered }));
  }

  /** A request that is answered by a promise. @param ask - passes it to the core with this id */
  ask(ask: (id: RequestId) => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply): void => {
        if (reply.kind === 'failed') reject(new LogError(reply.code, reply.detail, reply.facts));
        else resolve(reply);
      };
      ask(requestId(this.#pending.add({ kind: 'other', answered })));
    });
  }

  /** No client waits for the answer any more. @returns whether the request was still waiting */
  abandon(id: RequestId): boolean {
    return this.#pending.take(id) !== undefined;
  }

  /** The messages of these appends are in the log already, so there is nothing to encode. */
  letGo(ids: readonly RequestId[]): void {
    for (const id of ids) {
      const pending = this.#pending.get(id);
      if (pending?.kind === 'append') pending.append = undefined;
    }
  }

  /** Encodes a batch as soon as it is decided: its appends can no longer be withdrawn, and their own bytes can be dropped. */
  encode({ picks, ...draft }: BatchDraft): StoreWork {
    const appends: EncodableAppend[] = [];
    const placed: PlacedAppend[] = [];
    let offset: number = draft.baseOffset;
    for (const id of draft.requestIds) {
      const pending = this.#pending.get(id);
      assert(pending?.kind === 'append' && pending.append !== undefined, 'the messages of an append are kept until it is encoded');
      const { w, askedAt, trace } = pending;
      const append = picked(pending.append, picks?.get(id));
      const entryCount = append.messages.count;
      appends.push(append);
      pending.append = undefined;
      placed.push({ offset, entryCount, w, askedAt, trace });
      offset += entryCount;
    }
    const batch = encodeBatch(draft, appends);
    if (placed.length > 0) this.#observer.placed({ batch, appends: placed });
    return { kind: 'store', batch };
  }

  answer(reply: Reply): void {
    const pending = this.#pending.take(reply.requestId);
    if (pending?.kind === 'other') pending.answered(reply);
    else if (pending?.kind === 'append') {
      assert(reply.kind === 'appended' || reply.kind === 'failed', 'an append is answered as one');
      this.#observer.answered(this.#answerOf(pending, reply));
      pending.answered(reply, pending.append?.messages);
    }
  }

  #answerOf({ entryCount, w, askedAt }: PendingAppend, reply: AppendReply): AnsweredAppend {
    const at = this.#clock.now();
    const asked = { entryCount, w, at, ms: at - askedAt };
    if (reply.kind === 'appended') return { ...asked, offset: reply.offset, acks: reply.acks, code: undefined };
    const { placed, code } = reply;
    return { ...asked, offset: placed?.offset, acks: placed?.acks ?? 0, code };
  }
}

/** What the core is told of its size. */
export function sizeOf({ messages, keys = [] }: EncodableAppend): Pick<AppendRequest, 'entryCount' | 'byteCount'> {
  return { entryCount: messages.count, byteCount: messages.bytes.length + heldKeyBytes * keys.length };
}

/** What goes into a batch of an append of which the rest is in the log already. */
function picked({ messages, key, keys }: EncodableAppend, picks: readonly number[] | undefined): EncodableAppend {
  if (picks === undefined) return { messages, key, keys };
  return { messages: pickMessages(messages, picks), key, keys: picks.map((index) => keys?.[index]) };
}
