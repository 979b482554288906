/**
 * Promises that this node gives to those who seek to lead: it says what it promised once that is on its disk, with the place
 * where its log ends by then.
 *
 * Source: the prepare phase of Paxos; Raft's vote (Ongaro 2014, section 3.4), but that no log is too short to be promised to:
 * a candidate fetches what it lacks.
 */

import type { Hello, RefusalReason } from '../model/messages.ts';
import type { Epoch, InstantMs, StreamId } from '../model/numbers.ts';
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
  /** On which stream the last promise was asked for, and when. */
  #last: { readonly stream: StreamId; readonly epoch: Epoch; readonly at: InstantMs } | undefined;

  constructor(context: NodeContext, refuse: (stream: StreamId, reason: RefusalReason) => void) {
    this.#context = context;
    this.#refuse = refuse;
  }

  /** @returns whether this node promised what it had not promised before */
  requested(stream: StreamId, { epoch, peer }: { readonly epoch: Epoch; readonly peer: Hello }): boolean {
    const { promises, out } = this.#context;
    if (!promises.canPromise(epoch, peer)) {
      this.#refuse(stream, 'epoch');
      return false;
    }
    const isNew = !promises.isPromisedTo(epoch, peer);
    if (isNew) {
      out.emit('info', 'epoch.promised', { epoch, to: peer.id });
      promises.promise(epoch, peer);
    }
    this.#pending = this.#pending.filter((pending) => pending.stream !== stream || pending.epoch !== epoch);
    this.#pending.push({ stream, epoch });
    if (isNew) this.#last = { stream, epoch, at: this.#context.now };
    this.sendSaved();
    return isNew;
  }

  lost(stream: StreamId): void {
    if (this.#last?.stream === stream) this.#last = undefined;
    this.#pending = this.#pending.filter((pending) => pending.stream !== stream);
  }

  /** The stream of who campaigns with this node's newest promise, if it was given less than `withinMs` ago and the stream is open. */
  candidate(withinMs: number): StreamId | undefined {
    const last = this.#last;
    if (last === undefined || last.epoch !== this.#context.promises.promisedEpoch) return undefined;
    return this.#context.now - last.at < withinMs ? last.stream : undefined;
  }

  sendSaved(): void {
    const { promises, out, outline } = this.#context;
    if (!promises.isSaved) return;
    for (const { stream, epoch } of this.#pending) {
      // What it promised meanwhile to another node is above this.
      if (epoch !== promises.promisedEpoch) this.#refuse(stream, 'epoch');
      else out.send(stream, { kind: 'promise', epoch, tip: outline.durableTip, clusterId: this.#context.clusterId });
    }
    this.#pending = [];
  }
}
