/**
 * A node whose log ends before its source's begins gets the source's checkpoint, part by part, and its storage then replaces the
 * log by it. The next part is asked for when the one before it is written, so that one is in memory at a time.
 *
 * The caller has cut what the source does not have: what is replaced is a prefix of the source's log, all of it trimmed.
 */

import { assert } from '../model/assert.ts';
import type { CheckpointPart, PeerMessage } from '../model/messages.ts';
import type { Epoch, StreamId } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';
import type { NodeContext } from './context.ts';

export class CheckpointFetch {
  readonly #context: NodeContext;
  readonly #stream: StreamId;
  readonly #epoch: Epoch;
  readonly #base: LogPoint;
  readonly #id: number;
  #position = 0;
  #total: number | undefined;
  #isAsked = false;
  #cutId: number | undefined;

  constructor(context: NodeContext, source: { readonly stream: StreamId; readonly epoch: Epoch; readonly base: LogPoint }) {
    this.#context = context;
    this.#stream = source.stream;
    this.#epoch = source.epoch;
    this.#base = source.base;
    this.#id = context.out.nextId();
    assert(context.outline.end.number <= source.base.number, 'what a checkpoint replaces ends before its base');
    this.#ask();
  }

  /** Whether the source owes a part. */
  get isOwed(): boolean {
    return this.#isAsked;
  }

  part({ base, position, total, bytes }: CheckpointPart): void {
    if (!this.#isAsked || base !== this.#base.number || position !== this.#position || bytes.length === 0) return;
    this.#isAsked = false;
    this.#total = total;
    this.#context.out.log({ kind: 'receive', fetchId: this.#id, position, bytes });
  }

  /** The storage has written a part. */
  received(fetchId: number, position: number): void {
    if (fetchId !== this.#id || this.#total === undefined) return;
    this.#position = position;
    if (position < this.#total) return this.#ask();
    const { outline, out } = this.#context;
    this.#cutId = outline.beginReplacing();
    out.log({ kind: 'install', cutId: this.#cutId, base: this.#base });
  }

  /** Whether this is the result of this fetch. */
  isInstall(cutId: number): boolean {
    return this.#cutId === cutId;
  }

  #ask(): void {
    this.#isAsked = true;
    const message: PeerMessage = { kind: 'askCheckpoint', epoch: this.#epoch, base: this.#base.number, position: this.#position };
    this.#context.out.send(this.#stream, message);
  }
}
