/**
 * Gives promises to candidates. A promise is sent once it is on disk, together with the place where this log ends by then.
 *
 * Source: the prepare phase of Paxos; Raft's vote (Ongaro 2014, section 3.4), except that a candidate with a shorter log gets
 * the promise too: it fetches what it lacks.
 */

import type { Hello, RefusalReason } from '../model/messages.ts';
import type { Epoch, InstantMs, StreamId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

/** A promise that is decided but not yet sent, because it may not be on disk. */
interface PendingPromise {
  readonly stream: StreamId;
  readonly epoch: Epoch;
}

export class PromiseGiver {
  readonly #context: NodeContext;
  readonly #refuse: (stream: StreamId, reason: RefusalReason) => void;
  #pending: PendingPromise[] = [];
  /** The newest promise: on which stream it was asked for, and when it was given. */
  #last: { readonly stream: StreamId; readonly epoch: Epoch; readonly at: InstantMs } | undefined;

  constructor(context: NodeContext, refuse: (stream: StreamId, reason: RefusalReason) => void) {
    this.#context = context;
    this.#refuse = refuse;
  }

  /** @returns whether this is a new promise */
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

  /** The stream of the candidate that has this node's newest promise, if it is open and the promise is younger than `withinMs`. */
  candidate(withinMs: number): StreamId | undefined {
    const last = this.#last;
    if (last === undefined || last.epoch !== this.#context.promises.promisedEpoch) return undefined;
    return this.#context.now - last.at < withinMs ? last.stream : undefined;
  }

  sendSaved(): void {
    const { promises, out, outline } = this.#context;
    if (!promises.isSaved) return;
    for (const { stream, epoch } of this.#pending) {
      // Meanwhile this node promised a higher epoch.
      if (epoch !== promises.promisedEpoch) this.#refuse(stream, 'epoch');
      else out.send(stream, { kind: 'promise', epoch, tip: outline.durableTip, clusterId: this.#context.clusterId });
    }
    this.#pending = [];
  }
}
