/**
 * This node lends its log to a candidate to which it promised an epoch: the candidate fetches what it lacks, chunk by chunk.
 * No lower epoch can change the log meanwhile.
 */

import { restartFrom } from '../log/agreed-place.ts';
import { agreedPoint } from '../model/epoch-history.ts';
import type { Fetch, FetchNext, Hello, OpenerMessage } from '../model/messages.ts';
import type { BatchNumber, Epoch, StreamId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

/** About how many bytes a chunk has. */
const chunkBytes = 1024 * 1024;

export class LogSource {
  readonly #context: NodeContext;
  readonly #refuse: (stream: StreamId) => void;
  /** A request that waits until the whole log is durable. */
  #pending: { readonly stream: StreamId; readonly fetch: Fetch } | undefined;
  #lent: { readonly stream: StreamId; readonly epoch: Epoch; feedId: number } | undefined;
  #feedIds = 0;

  /** @param refuse - tells the candidate that its epoch is over */
  constructor(context: NodeContext, refuse: (stream: StreamId) => void) {
    this.#context = context;
    this.#refuse = refuse;
  }

  fetch(stream: StreamId, { fetch, peer }: { readonly fetch: Fetch; readonly peer: Hello }): void {
    if (!this.#context.promises.isPromisedTo(fetch.epoch, peer) || !this.#context.canRead(peer)) return this.#refuse(stream);
    this.#pending = { stream, fetch };
    this.start();
  }

  /** Answers the waiting request, if the log is durable by now. */
  start(): void {
    const { outline, out, promises } = this.#context;
    if (this.#pending === undefined || !outline.isDurable || outline.isReplacing) return;
    const { stream, fetch } = this.#pending;
    this.#pending = undefined;
    if (fetch.epoch !== promises.promisedEpoch) return this.#refuse(stream);
    this.#lent = { stream, epoch: fetch.epoch, feedId: 0 };
    const point = agreedPoint(outline.shape, fetch.shape);
    out.send(stream, { kind: 'fetchMatch', epoch: fetch.epoch, point, end: outline.end, restart: restartFrom(point, outline.base) });
  }

  sendCheckpoint(stream: StreamId, { epoch, base, position }: Extract<OpenerMessage, { kind: 'askCheckpoint' }>): void {
    const lent = this.#lent;
    if (lent?.stream !== stream || epoch !== lent.epoch || epoch !== this.#context.promises.promisedEpoch) return this.#refuse(stream);
    this.#context.out.feedCheckpoint({ stream, epoch, base, position });
  }

  fetchNext(stream: StreamId, { epoch, number }: FetchNext): void {
    const { outline, out, promises } = this.#context;
    const lent = this.#lent;
    if (lent?.stream !== stream || epoch !== lent.epoch || epoch !== promises.promisedEpoch) return this.#refuse(stream);
    if (number >= outline.end.number) return;
    this.#feedIds += 1;
    lent.feedId = this.#feedIds;
    out.feed({ stream, feedId: lent.feedId, from: number, end: outline.end.number, bytesMax: chunkBytes, as: 'fetched', epoch });
  }

  fed(stream: StreamId, feedId: number, end: BatchNumber): void {
    if (this.#lent?.stream !== stream || this.#lent.feedId !== feedId) return;
    this.#context.out.send(stream, { kind: 'fetchChunkEnd', epoch: this.#lent.epoch, end });
  }

  lost(stream: StreamId): void {
    if (this.#pending?.stream === stream) this.#pending = undefined;
    if (this.#lent?.stream === stream) this.#lent = undefined;
  }

  /** A node came to lead, so no candidate needs this log any more. */
  stop(): void {
    this.#pending = undefined;
    this.#lent = undefined;
  }
}
