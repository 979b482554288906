/**
 * A candidate fetches what it lacks from a node that is ahead of it, cutting its own tail like any follower. The
 * source promised this epoch, so its log cannot change meanwhile but by a higher one.
 *
 * A fetch that breaks off leaves a valid log: a prefix of the source's.
 */

import { assert, unreachable } from './assert.ts';
import type { FetchChunkEnd, Fetched, FetchMatch } from './messages.ts';
import type { NodeContext } from './node.ts';
import { batchNumber } from './numbers.ts';
import type { BatchNumber, Epoch } from './numbers.ts';
import type { Peer } from './peers.ts';
import type { LogPoint } from './place.ts';

export class LogFetch {
  readonly peer: Peer;
  readonly #context: NodeContext;
  readonly #epoch: Epoch;
  #phase: 'starting' | 'matching' | 'cutting' | 'copying' = 'starting';
  #target: LogPoint | undefined;
  /** Number of the next batch to ask for; `undefined` while a chunk is under way. */
  #askFrom: BatchNumber | undefined;
  #writtenEnd: BatchNumber;
  #isRefused = false;
  #cutId: number | undefined;

  constructor(context: NodeContext, peer: Peer, epoch: Epoch) {
    this.#context = context;
    this.peer = peer;
    this.#epoch = epoch;
    this.#writtenEnd = context.outline.end.number;
  }

  /** Everything up to where the source's log ended is durable here. */
  get isComplete(): boolean {
    const { outline } = this.#context;
    return this.#target !== undefined && this.#phase === 'copying' && outline.durable.number >= this.#target.number;
  }

  /** Following the source would mean to cut what this node knows to be committed. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The record is saved: the cluster that is joined is on disk before its first batch. */
  advance(): void {
    if (this.#phase === 'starting') {
      this.#phase = 'matching';
      this.#send({ kind: 'fetch', epoch: this.#epoch, shape: this.#context.outline.shape });
    } else if (this.#phase === 'copying') this.#ask();
  }

  received(message: FetchMatch | Fetched | FetchChunkEnd): void {
    switch (message.kind) {
      case 'fetchMatch':
        if (this.#phase === 'matching') this.#match(message);
        break;
      case 'fetched':
        this.#take(message);
        break;
      case 'fetchChunkEnd':
        if (this.#phase !== 'copying') break;
        this.#askFrom = message.end;
        this.#ask();
        break;
      default:
        unreachable(message);
    }
  }

  written(end: BatchNumber): void {
    this.#writtenEnd = end;
    this.#ask();
  }

  logCut(cutId: number): void {
    if (this.#phase === 'cutting' && this.#cutId === cutId) this.#startCopying();
  }

  #startCopying(): void {
    this.#phase = 'copying';
    this.#writtenEnd = this.#context.outline.end.number;
    this.#askFrom = this.#writtenEnd;
    this.#ask();
  }

  #match(message: FetchMatch): void {
    const { outline, out } = this.#context;
    this.#target = message.end;
    if (message.point.offset < outline.committedEnd) {
      this.#isRefused = true;
      out.note('error', 'recovery.diverged', {
        source: this.peer.hello?.id,
        agreedEnd: message.point.offset,
        committedEnd: outline.committedEnd,
      });
      return;
    }
    if (outline.end.number <= message.point.number) return this.#startCopying();
    this.#phase = 'cutting';
    const cutEntries = outline.end.offset - message.point.offset;
    const cutId = outline.cut(message.point);
    this.#cutId = cutId;
    out.note('warn', 'log.cut', { source: this.peer.hello?.id, end: message.point.offset, cutEntries });
    out.log({ kind: 'cut', cutId, point: message.point });
  }

  #take(message: Fetched): void {
    const { outline, out } = this.#context;
    if (this.#phase !== 'copying' || !outline.isNext(message.batch)) return;
    outline.append(message.batch);
    outline.commit(message.batch.committedEnd);
    out.log({ kind: 'store', batch: message.batch });
  }

  /** One chunk at a time, and the next one when the last is written: memory stays bounded by a chunk. */
  #ask(): void {
    const from = this.#askFrom;
    if (from === undefined || this.#target === undefined || from >= this.#target.number || this.#writtenEnd < from) return;
    this.#askFrom = undefined;
    this.#send({ kind: 'fetchNext', epoch: this.#epoch, number: batchNumber(from) });
  }

  #send(message: Parameters<NodeContext['out']['send']>[1]): void {
    assert(this.peer.stream !== undefined, 'a fetch ends with its stream');
    this.#context.out.send(this.peer.stream, message);
  }
}
