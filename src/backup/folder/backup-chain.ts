/**
 * Which batches of a backup and of the increments after it make up a log: each follows the one before, of the same cluster, and
 * the log ends where the last one ends, or earlier if somebody wants it as it was then. No IO.
 */

import type { Batch } from '../../core/model/batch.ts';
import { batchNumber, offset } from '../../core/model/numbers.ts';
import type { BatchNumber, Epoch, Offset, TimestampMs } from '../../core/model/numbers.ts';
import { logStart } from '../../core/model/place.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import type { BackupHead, BackupManifest } from '../manifest.ts';
import { RestoreRefused } from './restore-refused.ts';
import { shortened } from './shortened-batch.ts';

/** Entries before this offset, or batches written before this time. */
export type Until =
  | { readonly kind: 'offset'; readonly offset: Offset }
  | { readonly kind: 'time'; readonly time: TimestampMs; readonly text: string };

/** Of how many batches the checksums are kept, to compare them where an increment begins. */
const keptMax = 4096;

export class BackupChain {
  readonly #until: Until | undefined;
  readonly #checksums = new Map<BatchNumber, number>();
  #head: BackupHead | undefined;
  #end: LogPoint = logStart;
  #last: Batch | undefined;
  /** What is trimmed by what is kept, and what was trimmed when it was backed up. */
  #trimmed: Offset = offset(0);
  #firstOffset = 0;
  #isOver = false;
  #ends: Pick<BackupManifest, 'ends' | 'takenAt'> | undefined;

  constructor(until: Until | undefined) {
    this.#until = until;
  }

  /** One past the last batch that is kept. */
  get end(): LogPoint {
    return this.#end;
  }

  /** Of the last batch that is kept. */
  get lastEpoch(): Epoch | undefined {
    return this.#last?.epoch;
  }

  /** The first entry that is not trimmed. */
  get firstOffset(): number {
    return Math.max(this.#trimmed, this.#firstOffset);
  }

  /** The next backup begins. @throws RestoreRefused */
  begin(head: BackupHead): void {
    const before = this.#head;
    if (before === undefined) {
      if (head.kind !== 'full') throw new RestoreRefused('it is an increment: the backup that it belongs to has to come first');
      this.#end = head.begins;
      this.#trimmed = head.begins.offset;
    } else {
      if (head.cluster !== before.cluster)
        throw new RestoreRefused(`it is of cluster ${head.cluster}, and what comes before it of cluster ${before.cluster}`);
      if (head.kind !== 'increment') throw new RestoreRefused('it is a whole backup, and only increments can follow another one');
      const { ends } = this.#ends ?? { ends: this.#end };
      if (head.begins.number > ends.number)
        throw new RestoreRefused(
          `it begins at offset ${head.begins.offset} (batch ${head.begins.number}), and what comes before it ends at offset ${ends.offset} (batch ${ends.number}): a backup between them is missing`,
        );
    }
    this.#head = head;
    if (!this.#isOver) this.#firstOffset = head.firstOffset;
  }

  /** @returns those that are kept. @throws RestoreRefused */
  take(batches: readonly Batch[]): Batch[] {
    const kept: Batch[] = [];
    for (const batch of batches) {
      if (this.#isOver) break;
      if (batch.number < this.#end.number) this.#compare(batch);
      else if (this.#isBehindUntil(batch)) this.#isOver = true;
      else kept.push(this.#keep(batch));
    }
    return kept;
  }

  /** The backup is complete. */
  complete(manifest: BackupManifest): void {
    this.#ends = manifest;
  }

  /** All backups are complete. @returns what comes behind the batches that were kept. @throws RestoreRefused */
  finish(): Batch[] {
    const until = this.#until;
    const ends = this.#ends;
    if (ends === undefined || this.#head === undefined) throw new RestoreRefused('there is no backup');
    if (until?.kind === 'offset' && until.offset > this.#end.offset && !this.#isOver)
      throw new RestoreRefused(`it ends at offset ${ends.ends.offset}, before offset ${until.offset}`);
    if (until?.kind === 'time' && !this.#isOver && Date.parse(ends.takenAt) < until.time)
      throw new RestoreRefused(`it was taken at ${ends.takenAt}, before ${until.text}`);
    if (this.#firstOffset > this.#end.offset || (until !== undefined && this.#firstOffset === this.#end.offset && this.#isOver))
      throw new RestoreRefused(
        `nothing would be left: the log begins at offset ${this.#firstOffset}, and would end at ${this.#end.offset}`,
      );
    const last = this.#last;
    if (this.#trimmed >= this.#firstOffset || last === undefined) return [];
    // The decision is behind the end: without it, what was gone for good would be there again.
    const control = { kind: 'trim', firstOffset: offset(this.#firstOffset) } as const;
    const { epoch, timestamp, age } = last;
    const { number, offset: baseOffset } = this.#end;
    const place = { epoch, number, baseOffset, entryCount: 0, timestamp, age, committedEnd: baseOffset };
    const trim = encodeBatch({ ...place, isMarker: false, memberList: undefined, control, keys: [], requestIds: [] }, []);
    this.#end = { number: batchNumber(number + 1), offset: baseOffset };
    return [trim];
  }

  #isBehindUntil(batch: Batch): boolean {
    if (this.#until === undefined) return false;
    return this.#until.kind === 'offset' ? batch.baseOffset >= this.#until.offset : batch.timestamp >= this.#until.time;
  }

  #keep(whole: Batch): Batch {
    const until = this.#until;
    const isCut = until?.kind === 'offset' && whole.baseOffset + whole.entryCount > until.offset;
    const batch = isCut ? shortened(whole, until.offset - whole.baseOffset) : whole;
    this.#isOver = isCut;
    this.#last = batch;
    this.#end = { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
    if (batch.control?.kind === 'trim') this.#trimmed = offset(Math.max(this.#trimmed, batch.control.firstOffset));
    this.#checksums.set(batch.number, batch.checksum);
    this.#checksums.delete(batchNumber(batch.number - keptMax));
    return batch;
  }

  /** The increment begins with what is there already. @throws RestoreRefused */
  #compare({ number, baseOffset, checksum }: Batch): void {
    const known = this.#checksums.get(number);
    if (known !== undefined && known !== checksum)
      throw new RestoreRefused(`it has another batch ${number} (offset ${baseOffset}) than what comes before it: they are not of one log`);
  }
}
