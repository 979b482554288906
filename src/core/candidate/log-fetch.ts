/**
 * A candidate fetches what it lacks from a node that is ahead of it, and cuts its own tail as a follower would. The
 * source promised this epoch, so only a higher epoch can change its log meanwhile.
 *
 * A fetch that breaks off leaves a valid log: a prefix of the source's.
 */

import { judgePoint } from '../log/agreed-place.ts';
import type { Judgement } from '../log/agreed-place.ts';
import { assert, unreachable } from '../model/assert.ts';
import { CheckpointFetch } from '../node/checkpoint-fetch.ts';
import type { CheckpointPart, FetchChunkEnd, Fetched, FetchMatch, Restart } from '../model/messages.ts';
import type { NodeContext } from '../node/context.ts';
import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, Offset } from '../model/numbers.ts';
import type { Peer } from '../node/peers.ts';
import type { LogPoint } from '../model/place.ts';

export class LogFetch {
  readonly peer: Peer;
  readonly #context: NodeContext;
  readonly #epoch: Epoch;
  #phase: 'starting' | 'matching' | 'locating' | 'cutting' | 'restarting' | 'copying' = 'starting';
  #restart: Restart | undefined;
  #checkpoint: CheckpointFetch | undefined;
  #target: LogPoint | undefined;
  /** The number of the next batch to ask for; `undefined` while a chunk is on its way. */
  #askFrom: BatchNumber | undefined;
  #askedFrom = batchNumber(0);
  #writtenEnd: BatchNumber;
  #isRefused = false;
  /** When the source was last asked or heard. */
  #heardAt: InstantMs;
  #cutId: number | undefined;
  #locating: { readonly id: number; readonly point: LogPoint } | undefined;

  constructor(context: NodeContext, peer: Peer, epoch: Epoch) {
    this.#context = context;
    this.peer = peer;
    this.#epoch = epoch;
    this.#writtenEnd = context.outline.end.number;
    this.#heardAt = context.now;
  }

  /** How long the source has owed an answer and been silent. Time that this node's own disk takes does not count. */
  get silentMs(): number {
    const { outline, now } = this.#context;
    const isChunkOwed = this.#phase === 'copying' && this.#askFrom === undefined && outline.end.number < (this.#target?.number ?? 0);
    const isPartOwed = this.#phase === 'restarting' && this.#checkpoint?.isOwed === true;
    return this.#phase === 'matching' || isChunkOwed || isPartOwed ? now - this.#heardAt : 0;
  }

  /** Part of the answer came in. */
  heard(): void {
    this.#heardAt = this.#context.now;
  }

  /** Everything up to where the source's log ended is durable here. */
  get isComplete(): boolean {
    const { outline } = this.#context;
    return this.#target !== undefined && this.#phase === 'copying' && outline.durable.number >= this.#target.number;
  }

  /** The source's log cannot be copied: it contradicts this node's log, or what the source sends contradicts what it said. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Called only when the state is saved, so that the cluster id is on disk before the first batch of that cluster. */
  advance(): void {
    if (this.#context.outline.isReplacing) return;
    if (this.#phase === 'starting') {
      this.#phase = 'matching';
      this.#send({ kind: 'fetch', epoch: this.#epoch, shape: this.#context.outline.shape });
    } else if (this.#phase === 'copying') this.#ask();
  }

  received(message: FetchMatch | Fetched | FetchChunkEnd | CheckpointPart): void {
    this.heard();
    switch (message.kind) {
      case 'fetchMatch':
        if (this.#phase === 'matching') this.#match(message);
        break;
      case 'fetched':
        this.#take(message);
        break;
      case 'checkpointPart':
        if (this.#phase === 'restarting') this.#checkpoint?.part(message);
        break;
      case 'fetchChunkEnd':
        if (this.#phase === 'copying' && this.#askFrom === undefined) this.#endChunk(message.end);
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
    if (this.#phase === 'cutting' && this.#cutId === cutId) this.#matched();
  }

  checkpointReceived(fetchId: number, position: number): void {
    if (this.#phase === 'restarting') this.#checkpoint?.received(fetchId, position);
  }

  checkpointInstalled(cutId: number, isDone: boolean): void {
    if (this.#phase !== 'restarting' || this.#checkpoint?.isInstall(cutId) !== true) return;
    if (isDone) this.#startCopying();
    else this.#isRefused = true;
  }

  /** This log is a prefix of the source's. */
  #matched(): void {
    const { outline, out } = this.#context;
    const base = this.#restart?.base;
    if (base === undefined) return this.#startCopying();
    assert(this.peer.stream !== undefined, 'a fetch ends with its stream');
    if (base.number < outline.end.number) {
      this.#isRefused = true;
      return;
    }
    this.#phase = 'restarting';
    out.emit('info', 'log.restarts', { source: this.peer.hello?.id, logEnd: outline.end.offset, base: base.offset });
    this.heard();
    this.#checkpoint = new CheckpointFetch(this.#context, { stream: this.peer.stream, epoch: this.#epoch, base });
  }

  located(locateId: number, offset: Offset | undefined): void {
    const locating = this.#locating;
    if (this.#phase !== 'locating' || locating?.id !== locateId) return;
    this.#goOn(locating.point, offset === undefined ? 'nowhere' : judgePoint(this.#context.outline, locating.point, offset));
  }

  #startCopying(): void {
    this.#phase = 'copying';
    this.#writtenEnd = this.#context.outline.end.number;
    this.#askFrom = this.#writtenEnd;
    this.#ask();
  }

  #match(message: FetchMatch): void {
    const { outline } = this.#context;
    this.#target = message.end;
    this.#restart = message.restart;
    this.#goOn(message.point, judgePoint(outline, message.point));
  }

  #goOn(point: LogPoint, judgement: Judgement): void {
    const { outline, out } = this.#context;
    const source = this.peer.hello?.id;
    switch (judgement) {
      case 'whole':
        this.#matched();
        break;
      case 'cut':
        this.#cut(point);
        break;
      case 'unsure':
        this.#phase = 'locating';
        this.#locating = { id: out.locate(point.number), point };
        break;
      case 'committed':
      case 'nowhere':
        this.#isRefused = true;
        out.emit('error', 'recovery.diverged', { source, agreedEnd: point.offset, committedEnd: outline.committedEnd });
        break;
      default:
        unreachable(judgement);
    }
  }

  #cut(point: LogPoint): void {
    const { outline, out } = this.#context;
    this.#phase = 'cutting';
    const cutEntries = outline.end.offset - point.offset;
    const cutId = outline.cut(point);
    this.#cutId = cutId;
    out.emit('warn', 'log.cut', { source: this.peer.hello?.id, end: point.offset, cutEntries });
    out.log({ kind: 'cut', cutId, point });
  }

  #take(message: Fetched): void {
    const { outline, out } = this.#context;
    if (this.#phase !== 'copying' || !outline.isNext(message.batch)) return;
    // No batch of this campaign's epoch, or of a later one, can exist yet.
    if (message.batch.epoch >= this.#epoch) {
      this.#isRefused = true;
      out.emit('error', 'recovery.refused', { source: this.peer.hello?.id, batchEpoch: message.batch.epoch, epoch: this.#epoch });
      return;
    }
    outline.append(message.batch);
    outline.commit(message.batch.committedEnd);
    out.log({ kind: 'store', batch: message.batch });
  }

  /** A source that reports a chunk but sent none is refused: it would be asked forever. */
  #endChunk(end: BatchNumber): void {
    const { outline, out } = this.#context;
    if (end > this.#askedFrom && end === outline.end.number) {
      this.#askFrom = end;
      return this.#ask();
    }
    this.#isRefused = true;
    out.emit('error', 'recovery.refused', { source: this.peer.hello?.id, chunkEnd: end, logEnd: outline.end.number });
  }

  /** Asks for a chunk only when the one before it is written, so that no more than one chunk is in memory. */
  #ask(): void {
    const from = this.#askFrom;
    if (from === undefined || this.#target === undefined || from >= this.#target.number || this.#writtenEnd < from) return;
    this.#askFrom = undefined;
    this.#askedFrom = from;
    this.#send({ kind: 'fetchNext', epoch: this.#epoch, number: batchNumber(from) });
  }

  #send(message: Parameters<NodeContext['out']['send']>[1]): void {
    assert(this.peer.stream !== undefined, 'a fetch ends with its stream');
    this.heard();
    this.#context.out.send(this.peer.stream, message);
  }
}
