/**
 * Opens a folder. What was flushed is kept, and what was not and is torn is cut off. Damage stops the start, or the node a
 * little later: closed segments with an index are not read here (read-log.ts) but in the background (scrubber.ts).
 *
 * How a torn tail is distinguished from damage: everything before the position of any flush mark was flushed once
 * (flush-mark.ts), so a bad record there is damage. So is a bad record in any segment but the last, since a segment is flushed
 * completely before the next one begins. Only after all that can a bad record be what a crash left of a write.
 *
 * Everything is read before anything is changed, so a start that is refused changes nothing. Recovery can run twice, and crash
 * itself, with the same result.
 */

import { assert } from '../core/model/assert.ts';
import type { NodeState } from '../core/model/events.ts';
import type { IdempotencyLimits } from '../core/log/idempotency-index.ts';
import type { LogOutline } from '../core/log/log-outline.ts';
import { batchNumber } from '../core/model/numbers.ts';
import type { NodeId, StorageId } from '../core/model/numbers.ts';
import type { Held } from '../core/model/place.ts';
import type { Disk } from '../ports/ports.ts';
import { isCheckpointName } from './checkpoints/checkpoint-files.ts';
import { CutCopies } from './segments/cut-copies.ts';
import type { CutCopiesOptions } from './segments/cut-copies.ts';
import { IndexFiles } from './segments/index-files.ts';
import { forgottenBy, heldOf } from './recovery/forgotten.ts';
import { readLog } from './recovery/read-log.ts';
import type { ReadLog } from './recovery/read-log.ts';
import { StateFile, readStateFile } from './format/state-file.ts';
import { nobody, stateFileName } from './format/state-format.ts';
import type { StoredBase } from './format/state-format.ts';
import { keepReserve, reserveName } from './format/reserve.ts';
import { isSegmentName } from './format/segment-names.ts';
import { SegmentedLog } from './segmented-log.ts';
import type { SegmentedLogParts } from './segmented-log.ts';
import { StateKeeper } from './state-keeper.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { TornTail } from './recovery/torn-tail.ts';
import { withFile } from './format/with-file.ts';
import type { Verified } from './segments/scrubber.ts';

const copyBytes = 1024 * 1024;

export interface RecoveryOptions {
  readonly node: NodeId;
  /** Whether the folder was restored or copied: it may have been another node's, and does not count as the same storage. */
  readonly isCopy?: boolean;
  /** Draws a new id for a storage that no longer counts as what it was. */
  readonly drawStorageId: () => StorageId;
  readonly segmentBytesMax: number;
  /** How many bytes of recently written batches are kept in memory. */
  readonly recentBytesMax: number;
  readonly idempotency: IdempotencyLimits;
  /** How much is kept of what was cut from the log. */
  readonly cutCopies: CutCopiesOptions;
  /** Called when everything that the start left out has been read and is sound. */
  readonly verified?: (verified: Verified) => void;
  /** Called when a torn tail that had to wait for room has been cut off. */
  readonly tornTailCut?: (bytes: number) => void;
}

export interface Recovered {
  readonly store: SegmentedLog;
  /** Everything in it is durable. */
  readonly outline: LogOutline;
  readonly state: NodeState | undefined;
  /** The last batch that the disk is known to have flushed and no longer holds; if so, the state has a new storage id. */
  readonly forgot: Held | undefined;
  /** The size of the torn tail. It is in `cut/` now, or will be before the next batch is written. */
  readonly tornBytes: number;
  /** Whether the torn tail still waits for room in `cut/`. */
  readonly isTornTailKept: boolean;
  /** How many bytes were written but not known to be flushed; they are flushed now. */
  readonly rewrittenBytes: number;
  readonly segments: SegmentCounts;
}

/** How many segments the start has read, and how many it knows from their index. */
export interface SegmentCounts {
  readonly scanned: number;
  readonly fromIndex: number;
}

/** The folder belongs to a node with another name. */
class OtherNodesFolder extends Error {
  override readonly name = 'OtherNodesFolder';
  readonly owner: NodeId;

  constructor(owner: NodeId, asked: NodeId) {
    super(
      `the folder belongs to node "${owner}", and this is "${asked}": start it as "${owner}", or elsewhere, or with --blank if it is a copy`,
    );
    this.owner = owner;
  }
}

/** @throws StorageDamaged, UnknownFormat, OtherNodesFolder; then nothing was changed */
export async function recover(disk: Disk, options: RecoveryOptions): Promise<Recovered> {
  const stored = await readStateFile(disk);
  if (stored !== undefined && stored.node !== options.node && stored.node !== nobody && options.isCopy !== true)
    throw new OtherNodesFolder(stored.node, options.node);
  const log = await readLog(disk, options.idempotency, stored?.base);
  checkConsistency(stored?.state, log);
  const { outline } = log;
  const copies = await CutCopies.open(disk, options.cutCopies);
  // A copy is not expected to hold what its original did.
  const forgot = stored === undefined || options.isCopy === true ? undefined : await forgottenBy(disk, log, stored.held);
  const stateFile = await StateFile.open(disk);
  const states = new StateKeeper({
    ...{ disk, stateFile, node: options.node, state: stored?.state },
    ...{ noted: stored?.held ?? null, held: null, base: stored?.base },
  });
  // Before the repair removes the evidence.
  const state = forgot === undefined ? stored?.state : await renew(states, stored?.state, { forgot, storageId: options.drawStorageId() });
  // Oldest first, so that a crash in between leaves no hole.
  for (const name of [...log.stale, ...log.strayIndexes]) await disk.remove(name);
  // A crash could still undo names that a killed process gave or removed. After this they are durable.
  await disk.syncFolder();
  const { tornTail, ...repaired } = await repairTail(disk, log, { copies, tornTailCut: options.tornTailCut });
  await copies.removeSurplus();
  await keepReserve(disk);
  states.raise(heldOf(outline.end, outline.tip.epoch));
  const store = new SegmentedLog({
    disk,
    segmentBytesMax: options.segmentBytesMax,
    indexes: new IndexFiles(disk),
    closed: log.closed,
    last: log.last,
    tornTail,
    copies,
    idempotency: options.idempotency,
    states,
    begins: beginningOf(log, stored?.base),
    recentBytesMax: options.recentBytesMax,
    verified: options.verified,
  });
  const scanned = log.closed.length + (log.last === undefined ? 0 : 1) - log.indexedCount;
  const segments = { scanned, fromIndex: log.indexedCount };
  return { store, outline, state, forgot, segments, isTornTailKept: tornTail !== undefined, ...repaired };
}

/** Where a log with a checkpoint begins. */
function beginningOf({ checkpoint, outline }: ReadLog, stored: StoredBase | undefined): SegmentedLogParts['begins'] {
  if (checkpoint === undefined || stored === undefined) return undefined;
  const { base } = checkpoint;
  return { base, stored, lastEpoch: outline.epochAt(batchNumber(base.number - 1)) };
}

/** Gives the storage a new id, so that what it promised and acknowledged with the old one no longer counts for it. */
async function renew(
  states: StateKeeper,
  state: NodeState | undefined,
  by: { readonly forgot: Held; readonly storageId: StorageId },
): Promise<NodeState> {
  assert(state !== undefined, 'a log without a state is damage');
  const { restoredTo: _lost, ...rest } = state;
  const renewed = { ...rest, ...by, promisedTo: null };
  await states.save(renewed);
  return renewed;
}

/** Whether a node was ever started in this folder. */
export async function isDataFolder(disk: Disk): Promise<boolean> {
  return (await disk.list()).some(isOurs);
}

function isOurs(name: string): boolean {
  return name === stateFileName || name === reserveName || isSegmentName(name) || isCheckpointName(name);
}

/** A node cannot continue with a log without its state file, or the reverse. @throws StorageDamaged */
export function checkConsistency(state: NodeState | undefined, log: ReadLog): void {
  const hasSegments = log.last !== undefined;
  const isEmpty = log.closed.length === 0 && (log.last?.size ?? 0) === 0 && log.lastScan?.problem === undefined;
  if (state === undefined && !isEmpty) {
    throw new StorageDamaged(stateFileName, 'it is missing beside segments that hold a log');
  }
  if (state === undefined && log.stale.some(isCheckpointName)) {
    throw new StorageDamaged(stateFileName, 'it is missing beside the checkpoint of a log');
  }
  if (state !== undefined && state.clusterId === null && log.outline.hasLog) {
    throw new StorageDamaged(stateFileName, 'it names no cluster, but the segments hold a log');
  }
  if (state !== undefined && state.clusterId !== null && !hasSegments && log.checkpoint === undefined) {
    throw new StorageDamaged(stateFileName, `it names cluster ${state.clusterId}, and there are no segments`);
  }
}

interface RepairedTail extends Pick<Recovered, 'tornBytes' | 'rewrittenBytes'> {
  /** `undefined` if there is none, or it has been cut off. */
  readonly tornTail: TornTail | undefined;
}

/** Cuts off what was never flushed, and flushes what may not have been. */
async function repairTail(
  disk: Disk,
  { last, lastScan, outline }: ReadLog,
  options: { readonly copies: CutCopies; readonly tornTailCut: RecoveryOptions['tornTailCut'] },
): Promise<RepairedTail> {
  if (last === undefined || lastScan === undefined) return { tornBytes: 0, rewrittenBytes: 0, tornTail: undefined };
  const { validEnd, flushedEnd } = lastScan;
  assert(flushedEnd <= validEnd, 'a mark beyond the valid end is damage');
  const { name } = last;
  return withFile(disk, name, async (file) => {
    const tornBytes = file.size - validEnd;
    let isAtStart = true;
    const done = (bytes: number): void => {
      if (!isAtStart) options.tornTailCut?.(bytes);
    };
    const tail = new TornTail({
      disk,
      copies: options.copies,
      segment: name,
      position: validEnd,
      bytes: tornBytes,
      point: outline.end,
      done,
    });
    const isCut = tornBytes === 0 || (await tail.cutAtStart(file));
    isAtStart = false;
    // Bytes that an earlier flush failed to write may still be read from memory. Written again, they are certainly flushed.
    for (let position = flushedEnd; position < validEnd; position += copyBytes) {
      const bytes = await file.read(position, Math.min(copyBytes, validEnd - position));
      await file.overwrite(position, bytes);
    }
    // Even with nothing to repair: an interrupted cut may be visible here, but a crash could undo it.
    await file.flush();
    return { tornBytes, rewrittenBytes: validEnd - flushedEnd, tornTail: isCut ? undefined : tail };
  });
}
