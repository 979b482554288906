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
import { logAge, offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import type { ClosedSegment } from '../segments/closed-segments.ts';
import { IndexFiles } from '../segments/index-files.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { encodeIndex } from '../format/segment-index.ts';
import type { IndexHead } from '../format/segment-index.ts';
import { firstOffsetOf, indexName, isIndexName, isSegmentName } from '../format/segment-names.ts';
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
}

type Heads = ReadonlyMap<string, IndexHead>;

/** @throws StorageDamaged, UnknownFormat */
export async function readLog(disk: Disk, limits: IdempotencyLimits): Promise<ReadLog> {
  const heads = await readHeads(disk);
  try {
    return await read(disk, limits, heads);
  } catch (error) {
    if (!(error instanceof StorageDamaged) || heads.size === 0) throw error;
  }
  return scanLog(disk, limits);
}

/** The same, but reads every byte. */
export function scanLog(disk: Disk, limits: IdempotencyLimits): Promise<ReadLog> {
  return read(disk, limits, new Map());
}

/** The heads, by the name of the segment, that are intact and match the name and size of their segment. */
async function readHeads(disk: Disk): Promise<Heads> {
  const indexes = new IndexFiles(disk);
  const names = await disk.list();
  const present = new Set(names.filter(isIndexName));
  const heads = new Map<string, IndexHead>();
  for (const name of names.filter(isSegmentName).slice(0, -1)) {
    if (!present.has(indexName(name))) continue;
    const head = await indexes.readHead(name);
    if (head === undefined || head.start.offset !== firstOffsetOf(name)) continue;
    const size = await withFile(disk, name, async (file) => file.size);
    if (head.size === size) heads.set(name, head);
  }
  return heads;
}

async function read(disk: Disk, limits: IdempotencyLimits, heads: Heads): Promise<ReadLog> {
  const files = await disk.list();
  const names = files.filter(isSegmentName);
  const closedNames = names.slice(0, -1);
  const outline = new LogOutline(limits);
  const keys = new KeyLoader(disk, limits, { names: closedNames, heads });
  outline.expectKeys(keys.expected);
  const closed: ClosedSegment[] = [];
  let last: SegmentMetadata | undefined;
  let lastScan: ScanResult | undefined;
  let indexedCount = 0;
  for (const name of names) {
    const { end } = outline;
    if (firstOffsetOf(name) !== end.offset) {
      throw new StorageDamaged(name, `the log ends at offset ${end.offset} before it: a segment is missing or incomplete`);
    }
    const isLast = name === names.at(-1);
    const head = heads.get(name);
    if (head !== undefined && !outline.continues(head)) throw indexMismatch(name);
    const identities = head === undefined ? undefined : await keys.identitiesOf(name, head);
    const headKeys = head === undefined ? undefined : await keys.of(name, head);
    if (head !== undefined && headKeys !== 'damaged' && identities !== 'damaged') {
      outline.restore(head, headKeys);
      if (identities !== undefined) outline.restoreForwarded(identities);
      closed.push({ name, start: head.start, end: head.end, size: head.size, indexChecksum: head.checksum });
      indexedCount += 1;
      continue;
    }
    const metadata = new SegmentMetadata(end, outline.tip.epoch);
    const scan = await scanFile(disk, metadata);
    if (scan.problem !== undefined && (!isLast || scan.flushedEnd > scan.validEnd)) {
      throw new StorageDamaged(name, `damaged at position ${scan.validEnd}, where flushed data was: ${scan.problem}`);
    }
    // Which keys are needed was decided from all heads, including those whose keys could not be read. So the head must match.
    if (head !== undefined && head.checksum !== encodeIndex(metadata).checksum) throw indexMismatch(name);
    outline.restore(metadata, keys.areNeededFrom(name) ? metadata.keys : undefined);
    outline.restoreForwarded(metadata.identities);
    if (isLast) {
      last = metadata;
      lastScan = scan;
    } else closed.push({ name, start: metadata.start, end: metadata.end, size: metadata.size, indexChecksum: undefined });
  }
  const belonging = new Set(closedNames.map(indexName));
  const strayIndexes = files.filter((name) => isIndexName(name) && !belonging.has(name));
  return { closed, last, lastScan, outline, indexedCount, strayIndexes };
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
  /** How many keys those segments have, as far as indexes tell. */
  readonly expected: number;
  /** The first segment whose identities are needed. */
  readonly #firstForwarded: string | undefined;

  constructor(disk: Disk, limits: IdempotencyLimits, { names, heads }: { readonly names: readonly string[]; readonly heads: Heads }) {
    this.#indexes = new IndexFiles(disk);
    const committedEnd = offset(Math.max(0, ...[...heads.values()].map((head) => head.committedEnd)));
    let first: string | undefined;
    let expected = 0;
    let committedCount = 0;
    let committedAge = logAge(0);
    for (const name of names.toReversed()) {
      const head = heads.get(name);
      if (committedCount >= limits.keysMax) break;
      const hasKeys = head !== undefined && head.keyCount > 0;
      if (hasKeys && isOutOfWindow(head.lastKeyAge, committedAge, limits)) break;
      first = name;
      if (!hasKeys) continue;
      expected += head.keyCount;
      if (head.end.offset > committedEnd) continue;
      committedCount += head.keyCount;
      committedAge = logAge(Math.max(committedAge, head.lastKeyAge));
    }
    this.#first = first;
    this.expected = expected;
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
