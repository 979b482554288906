/**
 * This node follows one leader, on one of its streams: the two find where their logs part, this node cuts what the leader does
 * not have, stores what the leader sends, and acknowledges what is durable.
 *
 * Invariants: once a higher epoch is promised, this node takes and acknowledges nothing more, not even what it had taken before
 * and flushes later. It acknowledges only after it has cut what must be cut. It never cuts what it knows to be committed.
 */

import { judgePoint } from '../log/agreed-place.ts';
import type { Judgement } from '../log/agreed-place.ts';
import { CheckpointFetch } from '../node/checkpoint-fetch.ts';
import { assert, unreachable } from '../model/assert.ts';
import type { Batch } from '../model/batch.ts';
import type { CheckpointPart, Heartbeat, Hello, Lead, LeaderHint, Match, RefusalReason, Replicate, Restart } from '../model/messages.ts';
import { storageId } from '../model/numbers.ts';
import type { ClusterId, Epoch, Offset, StreamId } from '../model/numbers.ts';
import type { Held, LogPoint } from '../model/place.ts';
import type { NodeContext } from '../node/context.ts';
import type { BatchChecksums } from './batch-checksums.ts';

/** Refuses or closes a stream that another node opened. */
export interface StreamEnds {
  readonly refuse: (stream: StreamId, reason: RefusalReason) => void;
  readonly hangUp: (stream: StreamId) => void;
  readonly hangUpAll: () => void;
}

/** What a leader sends to a node that follows it, besides answers to reads. */
export type FromLeader = Match | Replicate | Heartbeat | CheckpointPart;

export class LeaderSession {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  readonly leader: Hello;
  readonly #clusterId: ClusterId;
  readonly #context: NodeContext;
  readonly #checksums: BatchChecksums;
  readonly #ends: StreamEnds;
  /**
   * `yielding`: this node gives up an empty cluster of its own; `adopting`: the promise is being saved; `matching`: the leader
   * determines where the logs part; `locating`: the storage looks for that point; `cutting`; `restarting`: the leader's log begins
   * behind the end of this one, and its checkpoint is fetched; `storing`: batches flow;
   * `forgotten`: the storage lost what it had acknowledged, and its new id is being saved.
   */
  #phase: 'yielding' | 'adopting' | 'matching' | 'locating' | 'cutting' | 'restarting' | 'storing' | 'forgotten' = 'adopting';
  /** What `yielding` or `cutting` waits for. */
  #cutId: number | undefined;
  /** What `locating` waits for. */
  #locating: { readonly id: number; readonly point: LogPoint } | undefined;
  #restart: Restart | undefined;
  #fetch: CheckpointFetch | undefined;
  #isLost = false;
  #isAcknowledgementDue = false;

  constructor(
    context: NodeContext,
    parts: {
      readonly stream: StreamId;
      readonly lead: Lead;
      readonly leader: Hello;
      readonly checksums: BatchChecksums;
      readonly ends: StreamEnds;
    },
  ) {
    this.#context = context;
    this.stream = parts.stream;
    this.epoch = parts.lead.epoch;
    this.leader = parts.leader;
    this.#clusterId = parts.lead.clusterId;
    this.#checksums = parts.checksums;
    this.#ends = parts.ends;
    this.#context.forwards.told(this.epoch, parts.lead.remembersForwards === true);
  }

  /** No higher epoch has been promised, so this node does what the leader says. */
  get isInForce(): boolean {
    return this.epoch === this.#context.promises.promisedEpoch;
  }

  /** The stream is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get hint(): LeaderHint {
    return { id: this.leader.id, url: this.leader.url, epoch: this.epoch };
  }

  lost(): void {
    this.#isLost = true;
  }

  /** This node must first give up an empty cluster of its own. */
  yielding(cutId: number): void {
    this.#phase = 'yielding';
    this.#cutId = cutId;
  }

  /** As soon as the promise is saved, tells the leader what this log holds. */
  stateSaved(): void {
    const { promises, out, outline } = this.#context;
    if (promises.isSaved && this.#phase === 'forgotten') return this.#ends.hangUpAll();
    if (!promises.isSaved || this.#phase !== 'adopting' || !this.isInForce || outline.isReplacing) return;
    this.#phase = 'matching';
    out.send(this.stream, { kind: 'following', epoch: this.epoch, shape: outline.shape });
  }

  flushed(): void {
    this.#isAcknowledgementDue = true;
  }

  logCut(cutId: number): void {
    if (this.#cutId !== cutId) return;
    if (this.#phase === 'cutting' && this.isInForce) this.#matched();
    // The leader knows this stream by a storage that no longer exists: start over as the blank node that this one is now.
    else if (this.#phase === 'yielding') this.#ends.hangUp(this.stream);
  }

  located(locateId: number, offset: Offset | undefined): void {
    if (this.#locating?.id !== locateId || this.#phase !== 'locating') return;
    const { point } = this.#locating;
    this.#locating = undefined;
    // Meanwhile this node may have promised its log as it stands to another node, or may lead with it.
    if (this.#isLost || !this.isInForce) return;
    this.#goOn(point, offset === undefined ? 'nowhere' : judgePoint(this.#context.outline, point, offset));
  }

  /** Asks the leader how far a linearizable read must see. @returns whether it could be asked */
  askRead(readId: number): boolean {
    if (this.#isLost || this.#phase !== 'storing') return false;
    this.#context.out.send(this.stream, { kind: 'readRequest', epoch: this.epoch, readId });
    return true;
  }

  askHandOver(): void {
    if (!this.#isLost) this.#context.out.send(this.stream, { kind: 'askHandOver', epoch: this.epoch });
  }

  /** The leader hands over. @returns whether this node accepts; otherwise it tells the leader why not */
  takeOver(): boolean {
    const { outline, out, room, isListed } = this.#context;
    const holdsAll = this.#phase === 'storing' && outline.isDurable;
    if (holdsAll && room.lacking === undefined && isListed) return true;
    const why = !holdsAll ? 'it does not hold the whole log' : isListed ? `it has too little ${room.lacking}` : 'it is no member';
    out.send(this.stream, { kind: 'declineLead', epoch: this.epoch, why });
    return false;
  }

  received(message: FromLeader): void {
    switch (message.kind) {
      case 'match':
        this.#match(message);
        break;
      case 'replicate':
        this.#replicate(message);
        break;
      case 'heartbeat':
        this.#heartbeat(message);
        break;
      case 'checkpointPart':
        if (this.#phase === 'restarting') this.#fetch?.part(message);
        break;
      default:
        unreachable(message);
    }
  }

  #match({ point, acknowledged, restart }: Match): void {
    if (this.#phase !== 'matching') return;
    this.#restart = restart;
    if (acknowledged === undefined || acknowledged.number < point.number) this.#goOn(point, judgePoint(this.#context.outline, point));
    else this.#forget(acknowledged);
  }

  #replicate({ batch }: Replicate): void {
    if (this.#phase !== 'storing') return;
    const { room, outline } = this.#context;
    if (room.short === undefined) this.#store(batch);
    // What has no entries may be what frees room: it is taken while it fits, if nothing before it was left out.
    else if (room.lacking === undefined && batch.entryCount === 0 && outline.isNext(batch)) this.#store(batch);
  }

  #heartbeat({ sequence, committedEnd, committedNumber, remembersForwards }: Heartbeat): void {
    this.#context.forwards.told(this.epoch, remembersForwards);
    // Until the logs are matched, the leader's committedEnd says nothing about the batches here.
    if (this.#phase === 'storing') this.#context.outline.commit(committedEnd);
    if (this.#phase === 'storing' && committedNumber !== undefined) this.#context.outline.commitBatches(committedNumber);
    this.#context.out.send(this.stream, {
      kind: 'heartbeatAnswer',
      epoch: this.epoch,
      sequence,
      canStore: this.#context.room.short === undefined,
      // A leader whose version sends no clock understands only the shorter answer.
      wallClock: this.leader.wallClock === undefined ? undefined : this.#context.wallClock,
    });
  }

  /** Sends one acknowledgement for everything that was flushed in one turn. */
  settle(): void {
    if (!this.#isAcknowledgementDue) return;
    this.#isAcknowledgementDue = false;
    const { promises, out, outline } = this.#context;
    if (this.#phase !== 'storing' || this.#isLost || !this.isInForce || !promises.isSaved) return;
    out.send(this.stream, {
      kind: 'acknowledge',
      epoch: this.epoch,
      tip: outline.durableTip,
      durableEnd: outline.durable.offset,
    });
  }

  #goOn(point: LogPoint, judgement: Judgement): void {
    const { outline, out } = this.#context;
    const leader = this.leader.id;
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
        out.emit('error', 'log.diverged', { leader, agreedEnd: point.offset, committedEnd: outline.committedEnd });
        this.#ends.refuse(this.stream, 'diverged');
        break;
      case 'nowhere':
        out.emit('error', 'match.refused', { leader, point, logEnd: outline.end.offset });
        this.#ends.hangUp(this.stream);
        break;
      default:
        unreachable(judgement);
    }
  }

  /** The storage lost batches that it had acknowledged. It gets a new id, and all streams start over so that every node hears it. */
  #forget(acknowledged: Held): void {
    const { promises, out, outline, options } = this.#context;
    this.#phase = 'forgotten';
    promises.forget(acknowledged, storageId(options.drawId()));
    out.emit('error', 'storage.forgot', { forgot: acknowledged, logEnd: outline.end.offset, storage: promises.storageId });
  }

  #cut(point: LogPoint): void {
    const { outline, out } = this.#context;
    this.#phase = 'cutting';
    const cutEntries = outline.end.offset - point.offset;
    this.#cutId = outline.cut(point);
    out.emit('warn', 'log.cut', { leader: this.leader.id, epoch: this.epoch, end: point.offset, cutEntries });
    this.#checksums.clear();
    out.log({ kind: 'cut', cutId: this.#cutId, point });
  }

  checkpointReceived(fetchId: number, position: number): void {
    if (this.#phase === 'restarting' && this.isInForce) this.#fetch?.received(fetchId, position);
  }

  /** The storage has replaced this node's log, or the checkpoint was not sound. */
  checkpointInstalled(cutId: number, isDone: boolean): void {
    if (this.#fetch?.isInstall(cutId) === true && isDone && this.isInForce && this.#phase === 'restarting') {
      this.#checksums.clear();
      this.#startStoring();
    }
    // What the leader was told of this log is no longer true.
    else if (this.#phase !== 'adopting' && this.#phase !== 'yielding') this.#ends.hangUp(this.stream);
    else this.stateSaved();
  }

  /** This log is a prefix of the leader's. */
  #matched(): void {
    const restart = this.#restart;
    if (restart === undefined) return this.#startStoring();
    const { outline, out } = this.#context;
    if (restart.base.number < outline.end.number) return this.#ends.hangUp(this.stream);
    this.#phase = 'restarting';
    out.emit('info', 'log.restarts', { leader: this.leader.id, logEnd: outline.end.offset, base: restart.base.offset });
    this.#fetch = new CheckpointFetch(this.#context, { stream: this.stream, epoch: this.epoch, base: restart.base });
  }

  #startStoring(): void {
    assert(this.#context.promises.state.clusterId === this.#clusterId, 'a batch is stored in the cluster of its leader');
    this.#phase = 'storing';
    this.#isAcknowledgementDue = true;
    this.#context.out.emit('info', 'follower.matched', { leader: this.leader.id, logEnd: this.#context.outline.end.offset });
  }

  #store(batch: Batch): void {
    const { outline, out } = this.#context;
    if (batch.number < outline.end.number) return this.#repeated(batch);
    if (!outline.isNext(batch) || batch.epoch > this.epoch) return this.#ends.hangUp(this.stream);
    outline.append(batch);
    outline.commit(batch.committedEnd);
    this.#checksums.keep(batch);
    out.log({ kind: 'store', batch });
  }

  /** A repeated batch is acknowledged and dropped. A different batch with the same number ends the stream. */
  #repeated(batch: Batch): void {
    const checksum = this.#checksums.of(batch.number);
    const isSame = this.#context.outline.epochAt(batch.number) === batch.epoch && (checksum === undefined || checksum === batch.checksum);
    if (isSame) this.#isAcknowledgementDue = true;
    else this.#ends.hangUp(this.stream);
  }
}
