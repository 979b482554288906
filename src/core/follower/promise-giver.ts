/**
 * Promises that this node gives to those who seek to lead: it says what it promised once that is on its disk, with the place
 * where its log ends by then.
 *
 * Source: the prepare phase of Paxos; Raft's vote (Ongaro 2014, section 3.4), but that no log is too short to be promised to:
 * a candidate fetches what it lacks.
 */

import type { Hello, RefusalReason } from '../model/messages.ts';
import type { Epoch, StreamId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

/** A promise that is decided and not yet on disk. */
interface PendingPromise {
  readonly stream: StreamId;
  readonly epoch: Epoch;
}

export class PromiseGiver {
  readonly #context: NodeContext;
  readonly #refuse: (stream: StreamId, reason: RefusalReason) => void;
  #pending: PendingPromise[] = [];

  constructor(context: NodeContext, refuse: (stream: StreamId, reason: RefusalReason) => void) {
    this.#context = context;
    this.#refuse = refuse;
  }

  /** @returns whether this node promised what it had not promised before */
  requested(stream: StreamId, { epoch, peer }: { readonly epoch: Epoch; readonly peer: Hello }): boolean {
    const { book, out } = this.#context;
    if (!book.canPromise(epoch, peer)) {
      this.#refuse(stream, 'epoch');
      return false;
    }
    const isNew = !book.isPromisedTo(epoch, peer);
    if (isNew) {
      out.note('info', 'epoch.promised', { epoch, to: peer.id });
      book.promise(epoch, peer);
    }
    this.#pending = this.#pending.filter((pending) => pending.stream !== stream || pending.epoch !== epoch);
    this.#pending.push({ stream, epoch });
    this.sendSaved();
    return isNew;
  }

  lost(stream: StreamId): void {
    this.#pending = this.#pending.filter((pending) => pending.stream !== stream);
  }

  sendSaved(): void {
    const { book, out, outline } = this.#context;
    if (!book.isSaved) return;
    for (const { stream, epoch } of this.#pending) {
      // What it promised meanwhile to another node is above this.
      if (epoch !== book.promisedEpoch) this.#refuse(stream, 'epoch');
      else out.send(stream, { kind: 'promise', epoch, tip: outline.durableTip, clusterId: this.#context.clusterId });
    }
    this.#pending = [];
  }
}
