/** The log of a node as its start finds it: in its folder, read and repaired, or in memory. */

import { openToOthers } from './io/private-modes.ts';
import { NodeDisk } from './io/node-disk.ts';
import { FolderLock } from './io/folder-lock.ts';
import { MemoryLog } from './storage/memory-log.ts';
import { recover } from './storage/recovery.ts';
import type { LogStore } from './storage/log-store.ts';
import { idempotencyLimits } from './core/log/idempotency-index.ts';
import { LogOutline } from './core/log/log-outline.ts';
import { waitsForCluster } from './core/restored.ts';
import type { Held } from './core/model/place.ts';
import type { NodeState } from './core/model/events.ts';
import type { StorageId } from './core/model/numbers.ts';
import { randomUUID } from 'node:crypto';
import { nodeId, storageId } from './core/model/numbers.ts';
import type { Config } from './config/config.ts';
import type { NodeLogger } from './observe/logger.ts';

/** How many bytes of recent batches are kept in memory for followers and readers. */
const recentBytesMax = 8 * 1024 * 1024;

/** The size of a checkpoint with a million keys. */
const checkpointBytesExpected = 64 * 1024 * 1024;
/** Of a small disk only this part is kept free. */
const diskParts = 20;

export interface Opened {
  readonly store: LogStore;
  readonly outline: LogOutline;
  /** How much must stay free on the disk for a segment and a checkpoint, so that a full disk can be freed by a trim. */
  readonly keptBytes: number;
  readonly state: NodeState | undefined;
  /** Whether everything that the start left out has been read since. */
  readonly isVerified: () => boolean;
  /** To be called after the store is closed. */
  readonly release: () => Promise<void>;
}

/** @throws FolderInUse, StorageDamaged, OtherNodesFolder, RestoredFolder, UnknownFormat */
export async function openStorage(config: Config, logger: NodeLogger): Promise<Opened> {
  if (config.dataDir === undefined) {
    const nothing = { state: undefined, isVerified: () => true, release: () => Promise.resolve() };
    return { store: new MemoryLog(), outline: new LogOutline(idempotencyLimits), keptBytes: 0, ...nothing };
  }
  const disk = NodeDisk.at(config.dataDir);
  const release = async (): Promise<void> => {
    await disk.close();
    lock.release();
  };
  // The folder may be a mounted volume with another owner, or from an earlier version, so its mode is not changed.
  const others = openToOthers(config.dataDir);
  if (others !== undefined) logger.log.warn({ folder: config.dataDir, others }, 'folder.open-to-others');
  const holder = { id: config.serverId, pid: process.pid, url: config.advertisedUrl, since: new Date().toISOString() };
  const lock = FolderLock.take(config.dataDir, holder);
  try {
    const begunAt = performance.now();
    let isVerified = false;
    const recovered = await recover(disk, {
      node: nodeId(config.serverId),
      isCopy: config.isBlank,
      drawStorageId: drawStorage,
      segmentBytesMax: config.segmentBytesMax,
      recentBytesMax,
      idempotency: idempotencyLimits,
      cutCopies: {
        bytesMax: config.cutBytesMax,
        removed: (removed) => logger.log.warn({ ...removed, bytesMax: config.cutBytesMax }, 'cut.copies-removed'),
      },
      tornTailCut: (bytes) => logger.log.warn({ tornBytes: bytes }, 'log.torn-tail-cut'),
      verified: (verified) => {
        isVerified = true;
        logger.log.info({ ...verified, ms: Math.round(performance.now() - begunAt) }, 'log.verified');
      },
    });
    const { tornBytes, isTornTailKept, rewrittenBytes, segments, outline, forgot } = recovered;
    const ms = Math.round(performance.now() - begunAt);
    const facts = { logEnd: outline.end.offset, tip: outline.tip, keys: outline.keyCount, segments, tornBytes, rewrittenBytes, ms };
    if (isTornTailKept) logger.log.error(facts, 'log.torn-tail-waits-for-room');
    else if (tornBytes > 0) logger.log.warn(facts, 'log.torn-tail-cut');
    else logger.log.info(facts, 'log.recovered');
    if (forgot !== undefined) sayForgotten(logger, { config, outline, forgot, storage: recovered.state?.storageId });
    const isRestored = recovered.state !== undefined && waitsForCluster(recovered.state, outline);
    if (isRestored && config.kind === 'secondary' && config.coordinator === 'static') throw new RestoredFolder();
    // What copies of one restored folder promise or acknowledge must not count for each other either.
    const isRenewed = config.isBlank || isRestored;
    const state = isRenewed && recovered.state !== undefined ? blank(recovered.state) : recovered.state;
    if (state !== recovered.state && state !== undefined) {
      await recovered.store.saveState(state);
      logger.log.warn({ storage: state.storageId }, 'storage.renewed');
    }
    // The start always reads the last segment. If there is no other, nothing was left out, and `verified` is never called.
    const wasAllRead = segments.scanned + segments.fromIndex <= 1;
    const keptBytes = keptBytesOn(await disk.sizeBytes(), config.segmentBytesMax);
    return { store: recovered.store, outline, state, keptBytes, isVerified: () => wasAllRead || isVerified, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Logs that the disk forgot. An operator must look at it, and if this is the only member, decide to go on with what is left. */
function sayForgotten(
  { log }: NodeLogger,
  what: { readonly config: Config; readonly outline: LogOutline; readonly forgot: Held; readonly storage: StorageId | undefined },
): void {
  const { config, outline, forgot, storage } = what;
  const isAlone = outline.list?.members.length === 1;
  const command = `rlog members remove ${config.serverId} --force --url ${config.advertisedUrl}`;
  log.error({ forgot, logEnd: outline.end.offset, storage, ...(isAlone ? { toGoOnWithoutIt: command } : {}) }, 'storage.forgot');
}

/** Room for a segment and a large checkpoint, but no more than a small part of a small disk. */
function keptBytesOn(diskBytes: number, segmentBytesMax: number): number {
  return Math.floor(Math.min(segmentBytesMax + checkpointBytesExpected, diskBytes / diskParts));
}

/** A secondary never leads, and this log is in no cluster that it could follow. */
class RestoredFolder extends Error {
  override readonly name = 'RestoredFolder';

  constructor() {
    super(
      'a backup was restored here: start it with "rlog master" or "rlog node", which begins a new cluster, and the others with empty folders',
    );
  }
}

/** A restored or copied log is valid, but the promises and acknowledgements of its old storage id must not count for it. */
function blank(state: NodeState): NodeState {
  return { ...state, storageId: drawStorage(), promisedTo: null };
}

function drawStorage(): StorageId {
  return storageId(randomUUID());
}
