/**
 * Writes a log into an empty folder, as a node would: with checkpoint, segments, indexes and the note of what is flushed. The state
 * says that a backup was restored, so the first node that starts there begins a new cluster (core/restored.ts).
 */

import type { Batch } from '../../core/model/batch.ts';
import type { NodeState } from '../../core/model/events.ts';
import { epoch } from '../../core/model/numbers.ts';
import type { ClusterId, Epoch, StorageId } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { nobody } from '../../storage/format/state-format.ts';
import { recover } from '../../storage/recovery.ts';
import type { SegmentedLog } from '../../storage/segmented-log.ts';

/** Keys are in the batches. The next start reads them from the indexes. */
const idempotency = { keysMax: 1, windowMs: 1 };
/** So much is written between two flushes, so that the last one does not take all the time. */
const flushEveryBytes = 64 * 1024 * 1024;

export interface NewIdentity {
  readonly clusterId: ClusterId;
  readonly storageId: StorageId;
}

export class RestoredFolder {
  readonly #store: SegmentedLog;
  readonly #identity: NewIdentity;
  #checkpointBytes = 0;
  #checkpointEpoch: Epoch = epoch(0);
  #unflushed = 0;

  private constructor(store: SegmentedLog, identity: NewIdentity) {
    this.#store = store;
    this.#identity = identity;
  }

  static async create(disk: Disk, options: { readonly segmentBytesMax: number; readonly identity: NewIdentity }): Promise<RestoredFolder> {
    const { segmentBytesMax, identity } = options;
    const { store } = await recover(disk, {
      ...{ node: nobody, segmentBytesMax, idempotency, recentBytesMax: 1 },
      drawStorageId: () => identity.storageId,
      cutCopies: { bytesMax: 0, removed: () => undefined },
    });
    const folder = new RestoredFolder(store, identity);
    await store.saveState(folder.#state(epoch(0), undefined));
    return folder;
  }

  async addCheckpoint(bytes: Buffer): Promise<void> {
    await this.#store.receiveCheckpoint(this.#checkpointBytes, bytes);
    this.#checkpointBytes += bytes.length;
  }

  /** The checkpoint is complete, if there is one. @throws StorageDamaged if it is none at this base */
  async begin(base: LogPoint): Promise<void> {
    if (this.#checkpointBytes === 0) return;
    const { epochs } = await this.#store.installCheckpoint(base);
    this.#checkpointEpoch = epochs.at(-1)?.epoch ?? epoch(0);
  }

  async append(batches: readonly Batch[]): Promise<void> {
    if (batches.length === 0) return;
    await this.#store.append(batches);
    this.#unflushed += batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (this.#unflushed < flushEveryBytes) return;
    await this.#store.flush();
    this.#unflushed = 0;
  }

  /** Everything is there. Makes it durable. @param lastEpoch - of the last batch, if there is one */
  async finish(end: LogPoint, lastEpoch: Epoch | undefined): Promise<void> {
    await this.#store.flush();
    await this.#store.saveState(this.#state(lastEpoch ?? this.#checkpointEpoch, end));
    await this.#store.close();
  }

  /** Leaves it as it is. */
  async abandon(): Promise<void> {
    await this.#store.close().catch(() => undefined);
  }

  #state(promisedEpoch: Epoch, end: LogPoint | undefined): NodeState {
    return { ...this.#identity, promisedEpoch, promisedTo: null, forgot: null, ...(end !== undefined && { restoredTo: end.number }) };
  }
}
