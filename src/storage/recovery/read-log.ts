/**
 * Reads a folder's log: all of the last segment, and of the others only their indexes, or all of those without one. Changes
 * nothing.
 *
 * A start is never refused because of an index: if anything is wrong with a log that was read with the help of indexes, it is
 * read again without them.
 */

import { forwardLimits } from '../../core/model/forward-identity.ts';
import { isOutOfWindow } from '../../core/log/idempotency-index.ts';
import type { IdempotencyLimits } from '../../core/log/idempotency-index.ts';
import type { KeySource } from '../../core/model/log-part.ts';
import { LogOutline } from '../../core/log/log-outline.ts';
import { epoch, logAge, offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { Checkpoint } from '../../core/model/checkpoint.ts';
import { defaultIdempotencyWindowMs } from '../../core/model/control.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { readCheckpoint } from '../checkpoints/checkpoint-files.ts';
import type { StoredBase } from '../format/state-format.ts';
import { behindBase, keysBehind } from './behind-base.ts';
import { findStoredPart } from './stored-part.ts';
import type { StoredPart } from './stored-part.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { closedBy } from '../segments/closed-segments.ts';
import type { ClosedSegment } from '../segments/closed-segments.ts';
import { IndexFiles } from '../segments/index-files.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { encodeIndex } from '../format/segment-index.ts';
import type { IndexHead } from '../format/segment-index.ts';
import { firstOffsetOf, indexName, isIndexName } from '../format/segment-names.ts';
import { scanSegment } from '../segments/segment-scan.ts';
import type { ScanResult } from '../segments/segment-scan.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';

/** What the segments of a folder hold. */
export interface ReadLog {
  /** All segments but the last. */
  readonly closed: readonly ClosedSegment[];
  /** The last segment, which grows; `undefined` if there is none. */
  readonly last: SegmentMetadata | undefined;
  /** The scan of the last segment. */
  readonly lastScan: ScanResult | undefined;
  readonly outline: LogOutline;
  /** How many segments are known from their index. */
  readonly indexedCount: number;
  /** Index files that do not belong to a closed segment. */
  readonly strayIndexes: readonly string[];
  /** Files from before the base, in the order in which they may be removed. */
  readonly stale: readonly string[];
  /** The checkpoint with which the log begins. */
  readonly checkpoint: Checkpoint | undefined;
}

type Heads = ReadonlyMap<string, IndexHead>;

/**
 * @param base - where the log begins, by the state file
 * @throws StorageDamaged, UnknownFormat
 */
export async function readLog(disk: Disk, limits: IdempotencyLimits, base: StoredBase | undefined): Promise<ReadLog> {
  const begin = await beginningOf(disk, base, limits);
  const heads = await readHeads(disk, begin.part);
  try {
    return await read(disk, limits, { ...begin, heads });
  } catch (error) {
    if (!(error instanceof StorageDamaged) || heads.size === 0) throw error;
  }
  return scanLog(disk, limits, base);
}

/** The same, but reads every byte. */
export async function scanLog(disk: Disk, limits: IdempotencyLimits, base: StoredBase | undefined): Promise<ReadLog> {
  return read(disk, limits, { ...(await beginningOf(disk, base, limits)), heads: new Map() });
}

/** What a log begins with, and which files it is in. */
interface Beginning {
  readonly part: StoredPart;
  readonly checkpoint: Checkpoint | undefined;
}

async function beginningOf(disk: Disk, base: StoredBase | undefined, limits: IdempotencyLimits): Promise<Beginning> {
  const checkpoint = base === undefined ? undefined : await readCheckpoint(disk, base, limits);
  return { part: await findStoredPart(disk, base), checkpoint };
}

/** The heads, by the name of the segment, that are intact and match the name and size of their segment. */
async function readHeads(disk: Disk, { names }: StoredPart): Promise<Heads> {
  const indexes = new IndexFiles(disk);
  const present = new Set((await disk.list()).filter(isIndexName));
  const heads = new Map<string, IndexHead>();
  for (const name of names.slice(0, -1)) {
    if (!present.has(indexName(name))) continue;
    const head = await indexes.readHead(name);
    if (head === undefined || head.start.offset !== firstOffsetOf(name)) continue;
    const size = await withFile(disk, name, async (file) => file.size);
    if (head.size === size) heads.set(name, head);
  }
  return heads;
}

async function read(
  disk: Disk,
  limits: IdempotencyLimits,
  { part, checkpoint, heads }: Beginning & { readonly heads: Heads },
): Promise<ReadLog> {
  const files = await disk.list();
  const { names } = part;
  const closedNames = names.slice(0, -1);
  const outline = new LogOutline(limits);
  if (checkpoint !== undefined) outline.restoreBase(checkpoint);
  const { base } = outline;
  const windowMs = windowAfter(checkpoint, [...heads.values()]) ?? limits.windowMs;
  const keys = new KeyLoader(disk, { ...limits, windowMs }, { names: closedNames, heads });
  let end: LogPoint = part.start ?? base;
  const closed: ClosedSegment[] = [];
  /** Those that lie wholly before the base: it was moved, or a checkpoint has replaced the log, just before the last end. */
  const before: string[] = [];
  let last: SegmentMetadata | undefined;
  let lastScan: ScanResult | undefined;
  let indexedCount = 0;
  for (const name of names) {
    // What a checkpoint replaced is behind us, and what was written since begins at the base.
    if (before.length > 0 && end.number < base.number) end = base;
    if (firstOffsetOf(name) !== end.offset) {
      throw new StorageDamaged(name, `the log ends at offset ${end.offset} before it: a segment is missing or incomplete`);
    }
    const isLast = name === names.at(-1);
    const head = heads.get(name);
    if (head !== undefined && (head.start.number !== end.number || !outline.continues(behindBase(head, base)))) throw indexMismatch(name);
    if (head !== undefined && head.end.number <= base.number) {
      before.push(name);
      end = head.end;
      continue;
    }
    const identities = head === undefined ? undefined : await keys.identitiesOf(name, head);
    const headKeys = head === undefined ? undefined : await keys.of(name, head);
    if (head !== undefined && headKeys !== 'damaged' && identities !== 'damaged') {
      outline.restore(behindBase(head, base), headKeys && keysBehind(headKeys, base));
      if (identities !== undefined) outline.restoreForwarded(keysBehind(identities, base));
      end = head.end;
      closed.push(closedBy(head, name, head.checksum));
      indexedCount += 1;
      continue;
    }
    const metadata = new SegmentMetadata(end, end.number < base.number ? epoch(0) : outline.tip.epoch);
    const scan = await scanFile(disk, metadata);
    // What a checkpoint has replaced was flushed before that.
    const wasFlushed = !isLast || scan.flushedEnd > scan.validEnd || metadata.end.number < base.number;
    if (scan.problem !== undefined && wasFlushed) {
      throw new StorageDamaged(name, `damaged at position ${scan.validEnd}, where flushed data was: ${scan.problem}`);
    }
    // Which keys are needed was decided from all heads, including those whose keys could not be read. So the head must match.
    if (head !== undefined && head.checksum !== encodeIndex(metadata).checksum) throw indexMismatch(name);
    if (metadata.end.number < base.number || (metadata.end.number === base.number && !isLast)) {
      before.push(name);
      end = metadata.end;
      continue;
    }
    outline.restore(behindBase(metadata, base), keys.areNeededFrom(name) ? keysBehind(metadata.keys, base) : undefined);
    outline.restoreForwarded(keysBehind(metadata.identities, base));
    end = metadata.end;
    if (isLast) {
      last = metadata;
      lastScan = scan;
    } else closed.push(closedBy(metadata, name, undefined));
  }
  const belonging = new Set(closedNames.map(indexName));
  const stale = [...part.stale, ...before.flatMap((name) => [indexName(name), name])];
  const strayIndexes = files.filter((name) => isIndexName(name) && !belonging.has(name) && !stale.includes(name));
  return { closed, last, lastScan, outline, indexedCount, strayIndexes, stale, checkpoint };
}

/** How long keys are remembered by what is known before any key is read; `undefined` if the cluster has decided nothing. */
function windowAfter(checkpoint: Checkpoint | undefined, heads: readonly IndexHead[]): number | undefined {
  const decided = heads.flatMap(({ controls }) =>
    controls.flatMap(({ control }) => (control.kind === 'retention' ? control.retention : [])),
  );
  const retention = decided.at(-1) ?? checkpoint?.base.retention ?? undefined;
  return retention === undefined ? undefined : (retention.idempotencyWindowMs ?? defaultIdempotencyWindowMs);
}

function indexMismatch(segment: string): StorageDamaged {
  return new StorageDamaged(indexName(segment), 'it does not match the log');
}

async function scanFile(disk: Disk, metadata: SegmentMetadata): Promise<ScanResult> {
  const { name } = metadata;
  try {
    const result = await withFile(disk, name, (file) => scanSegment(file, (batch, position) => metadata.take(batch, position)));
    metadata.setSize(result.validEnd);
    return result;
  } catch (error) {
    if (error instanceof UnknownFormat) throw new UnknownFormat(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Loads the keys that can still be found. It does not load those that the log has pushed out of the window for good, because
 * the committed part of the log after them fills the window, by the number of keys or by their age. The same for the identities
 * of forwarded appends, in a window of their own.
 */
class KeyLoader {
  readonly #indexes: IndexFiles;
  /** The first segment whose keys are needed. */
  readonly #first: string | undefined;
  /** The first segment whose identities are needed. */
  readonly #firstForwarded: string | undefined;

  constructor(disk: Disk, limits: IdempotencyLimits, { names, heads }: { readonly names: readonly string[]; readonly heads: Heads }) {
    this.#indexes = new IndexFiles(disk);
    const committedEnd = offset(Math.max(0, ...[...heads.values()].map((head) => head.committedEnd)));
    let first: string | undefined;
    let committedCount = 0;
    let committedAge = logAge(0);
    for (const name of names.toReversed()) {
      const head = heads.get(name);
      if (committedCount >= limits.keysMax) break;
      const hasKeys = head !== undefined && head.keyCount > 0;
      if (hasKeys && isOutOfWindow(head.lastKeyAge, committedAge, limits)) break;
      first = name;
      if (!hasKeys) continue;
      if (head.end.offset > committedEnd) continue;
      committedCount += head.keyCount;
      committedAge = logAge(Math.max(committedAge, head.lastKeyAge));
    }
    this.#first = first;
    this.#firstForwarded = firstForwarded({ names, heads, committedEnd });
  }

  /** Whether the keys of this segment can still be found. Names are in the order of the log. */
  areNeededFrom(name: string): boolean {
    return this.#first === undefined || name >= this.#first;
  }

  /** @returns `undefined` if they are not needed */
  async identitiesOf(name: string, head: IndexHead): Promise<KeySource | 'damaged' | undefined> {
    if (this.#firstForwarded !== undefined && name < this.#firstForwarded) return undefined;
    return (await this.#indexes.readIdentities(name, head)) ?? 'damaged';
  }

  /** @returns `undefined` if they are not needed */
  async of(name: string, head: IndexHead): Promise<KeySource | 'damaged' | undefined> {
    if (!this.areNeededFrom(name)) return undefined;
    return (await this.#indexes.readKeys(name, head)) ?? 'damaged';
  }
}

/** The first segment whose identities of forwarded appends can still be asked for. */
function firstForwarded(log: {
  readonly names: readonly string[];
  readonly heads: Heads;
  readonly committedEnd: Offset;
}): string | undefined {
  const { names, heads, committedEnd } = log;
  let first: string | undefined;
  let count = 0;
  let committedAge = logAge(0);
  for (const name of names.toReversed()) {
    const head = heads.get(name);
    if (count >= forwardLimits.appendsMax) break;
    if (head !== undefined && isOutOfWindow(head.lastAge, committedAge, forwardLimits)) break;
    first = name;
    if (head === undefined || head.end.offset > committedEnd) continue;
    count += head.identityCount;
    committedAge = logAge(Math.max(committedAge, head.lastAge));
  }
  return first;
}
