/**
 * Where a log on a disk begins: moves its base, with a checkpoint, and removes the segments before it; hands out parts of the
 * checkpoint, and takes in those of another node's.
 *
 * The order, so that a crash in between loses nothing: the checkpoint is durable before the state file names the base, and that
 * is durable before anything is removed. What a crash leaves is removed by the next start (recovery/stored-part.ts).
 */

import { assert } from '../core/model/assert.ts';
import type { BasePlan } from '../core/model/checkpoint.ts';
import type { BatchNumber } from '../core/model/numbers.ts';
import { logStart } from '../core/model/place.ts';
import type { LogPoint } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Disk } from '../ports/ports.ts';
import { compose } from './checkpoints/compose.ts';
import type { KeyPart } from './checkpoints/compose.ts';
import { checkpointName, keyPartOf, receivedName, writeCheckpoint } from './checkpoints/checkpoint-files.ts';
import { keysFrom } from './checkpoints/key-range.ts';
import type { PackedKeys } from './format/packed-keys.ts';
import type { SegmentMetadata } from './format/segment-metadata.ts';
import { indexName } from './format/segment-names.ts';
import type { StoredBase } from './format/state-format.ts';
import { withFile } from './format/with-file.ts';
import type { LogReads } from './log-reads.ts';
import type { SegmentCopies } from './segment-copies.ts';
import { readThrough } from './segments/closed-segments.ts';
import type { ClosedSegment, ClosedSegments } from './segments/closed-segments.ts';
import type { IndexFiles } from './segments/index-files.ts';
import type { Scrubber } from './segments/scrubber.ts';
import type { StateKeeper } from './state-keeper.ts';

interface Parts {
  readonly disk: Disk;
  readonly states: StateKeeper;
  readonly indexes: IndexFiles;
  readonly closed: ClosedSegments;
  readonly reads: LogReads;
  readonly scrubber: Scrubber;
  /** Copies of the log that are being read. */
  readonly copies: SegmentCopies;
  /** The last segment, which grows. */
  readonly last: () => SegmentMetadata | undefined;
  /** `undefined` if the log begins at its first batch. */
  readonly stored: StoredBase | undefined;
}

export class LogBases {
  readonly #parts: Parts;
  #stored: StoredBase | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#stored = parts.stored;
  }

  get base(): LogPoint {
    return this.#stored === undefined ? logStart : { number: this.#stored.number, offset: this.#stored.offset };
  }

  /** 0 without a checkpoint. */
  get checkpointBytes(): number {
    return this.#stored?.bytes ?? 0;
  }

  /** @throws NoRoom, and then nothing has changed */
  async rebase(plan: BasePlan): Promise<void> {
    const { disk, states, closed, reads, scrubber, indexes, copies } = this.#parts;
    const { base } = plan;
    assert(base.number > this.base.number, 'a base only moves forward');
    const stored = await writeCheckpoint(disk, base, compose(plan, this.#keyParts(base)));
    try {
      await states.rebase(stored);
    } catch (error) {
      if (error instanceof NoRoom) await disk.remove(checkpointName(base.number));
      throw error;
    }
    const before = this.#stored;
    this.#stored = stored;
    const gone = closed.before(base.number);
    const names = gone.map(({ name }) => name);
    await copies.keep(names);
    await reads.rebase({ number: base.number, offset: base.offset }, names);
    await scrubber.drop(new Set(names));
    closed.drop(gone);
    await indexes.settled();
    for (const name of names) {
      await disk.remove(indexName(name));
      await disk.remove(name);
    }
    await this.#removeCheckpoint(before);
  }

  /** @returns `undefined` if this is not the base */
  async read(base: BatchNumber, position: number, bytesMax: number): Promise<Buffer | undefined> {
    if (this.#stored?.number !== base) return undefined;
    const bytes = await this.#parts.disk.readFile(checkpointName(base), { position, length: bytesMax });
    return this.#stored.number === base ? bytes : undefined;
  }

  /** @throws NoRoom */
  async receive(position: number, bytes: Uint8Array): Promise<void> {
    await withFile(this.#parts.disk, receivedName, async (file) => {
      if (file.size > position) await file.truncate(position);
      assert(file.size === position, 'parts of a checkpoint come one after the other');
      await file.append([bytes]);
    });
  }

  /** The received checkpoint has got its name, and counts from now on. */
  async installed(stored: StoredBase): Promise<void> {
    const before = this.#stored;
    this.#stored = stored;
    if (before?.number !== stored.number) await this.#removeCheckpoint(before);
  }

  async #removeCheckpoint(stored: StoredBase | undefined): Promise<void> {
    const { copies, disk } = this.#parts;
    if (stored !== undefined) {
      const name = checkpointName(stored.number);
      await copies.keep([name]);
      await disk.remove(name);
    }
    await disk.syncFolder();
  }

  /** The keys of the log before `base`: of the checkpoint, then of each segment. */
  #keyParts(base: LogPoint): readonly KeyPart[] {
    const { closed, disk } = this.#parts;
    const last = this.#parts.last();
    const segments = closed.all.filter(({ start }) => start.number < base.number).map((segment) => this.#ofClosed(segment));
    const inLast = last !== undefined && last.start.number < base.number ? [this.#behindBase(last.keys, last.identities)] : [];
    return [...(this.#stored === undefined ? [] : [keyPartOf(disk, this.#stored)]), ...segments, ...inLast];
  }

  #ofClosed(segment: ClosedSegment): KeyPart {
    const { indexes, disk } = this.#parts;
    const { name, indexChecksum } = segment;
    const pick = keysFrom(this.base.offset);
    const read = async (what: 'readKeys' | 'readIdentities'): Promise<PackedKeys> => {
      await indexes.settled();
      const head = indexChecksum === undefined ? undefined : await indexes.readHead(name);
      const known = head?.checksum === indexChecksum && head !== undefined ? await indexes[what](name, head) : undefined;
      if (known !== undefined) return known;
      const metadata = await readThrough(disk, segment);
      return what === 'readKeys' ? metadata.keys : metadata.identities;
    };
    return {
      keys: async function* () {
        for (const piece of (await read('readKeys')).pieces) yield pick(piece);
      },
      identities: async function* () {
        for (const piece of (await read('readIdentities')).pieces) yield pick(piece);
      },
    };
  }

  #behindBase(keys: PackedKeys, identities: PackedKeys): KeyPart {
    const pick = keysFrom(this.base.offset);
    return { keys: () => keys.pieces.map(pick), identities: () => identities.pieces.map(pick) };
  }
}
