/**
 * The index files of closed segments: reads them, writes them beside everything else, and removes them.
 *
 * Indexes are needed only for speed. So an index is not written if there is no room, and one that is damaged counts as missing.
 * But an index must never describe other content than its segment has: it is removed, durably, before its segment is changed.
 */

import { crc32 } from 'node:zlib';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk } from '../../ports/ports.ts';
import { packedKeyBytes, PackedKeys } from '../format/packed-keys.ts';
import { SparseIndex } from '../format/sparse-index.ts';
import { decodeHead, headLength } from '../format/segment-index.ts';
import type { EncodedIndex, IndexHead } from '../format/segment-index.ts';
import { indexName } from '../format/segment-names.ts';
import { withFile } from '../format/with-file.ts';

/** Most heads are smaller than this. */
const headGuessBytes = 4096;
/** How much room an index leaves free for state files and the next batches. */
const spareBytes = 256 * 1024;

export class IndexFiles {
  readonly #disk: Disk;
  #memory = Buffer.alloc(0);
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** @returns `undefined` if there is no intact head */
  async readHead(segment: string): Promise<IndexHead | undefined> {
    const name = indexName(segment);
    const bytes = await this.#readPart(name, { position: 0, length: headGuessBytes });
    const length = bytes === undefined ? undefined : headLength(bytes);
    if (bytes === undefined || length === undefined) return undefined;
    if (length <= bytes.length) return decodeHead(bytes);
    const whole = await this.#readPart(name, { position: 0, length });
    return whole === undefined ? undefined : decodeHead(whole);
  }

  /**
   * Must be called only if there is an index. The keys are valid until the next ones are read: they are many, so all use the
   * same memory. @returns `undefined` if they are damaged
   */
  async readKeys(segment: string, { keys }: IndexHead): Promise<PackedKeys | undefined> {
    if (this.#memory.length < keys.bytes) this.#memory = Buffer.allocUnsafeSlow(keys.bytes);
    const target = this.#memory.subarray(0, keys.bytes);
    const bytesRead = await unlessUnreadable(() =>
      withFile(this.#disk, indexName(segment), (file) => file.readInto(target, keys.position)),
    );
    return bytesRead === keys.bytes && crc32(target) === keys.checksum ? PackedKeys.over(target) : undefined;
  }

  /** The identities of forwarded appends, which come after the keys. @returns `undefined` if they are damaged */
  async readIdentities(segment: string, { keys, identityCount }: IndexHead): Promise<PackedKeys | undefined> {
    if (identityCount === 0) return new PackedKeys();
    const length = identityCount * packedKeyBytes;
    const bytes = await this.#readPart(indexName(segment), { position: keys.position + keys.bytes, length: length + 4 });
    if (bytes?.length !== length + 4) return undefined;
    const identities = bytes.subarray(0, length);
    return crc32(identities) === bytes.readUInt32LE(length) ? PackedKeys.over(identities) : undefined;
  }

  /** @returns `undefined` if the places are damaged */
  async readSparseIndex(segment: string, head: IndexHead): Promise<SparseIndex | undefined> {
    const { position, bytes: length, checksum } = head.places;
    const bytes = await this.#readPart(indexName(segment), { position, length });
    return bytes?.length === length && crc32(bytes) === checksum ? SparseIndex.decode(head.start, bytes) : undefined;
  }

  /** Whether the index file is byte for byte this index. */
  async holds(segment: string, index: EncodedIndex): Promise<boolean> {
    const bytes = await this.#readPart(indexName(segment), { position: 0, length: index.byteCount + 1 });
    if (bytes?.length !== index.byteCount) return false;
    let at = 0;
    return index.pieces.every((piece) => {
      at += piece.length;
      return bytes.compare(piece, 0, piece.length, at - piece.length, at) === 0;
    });
  }

  /** Begins to write an index, replacing any that is there, after those that are being written. */
  write(segment: string, index: EncodedIndex): void {
    this.#writing = this.#writing
      .then(() => this.#write(indexName(segment), index))
      .catch((error: unknown) => {
        this.#failure = { error };
      });
  }

  /** Resolves when no index is being written. @throws the error that made the disk unreliable meanwhile */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Removes the indexes of these segments, durably. Called when no index is being written. */
  async remove(segments: readonly string[]): Promise<void> {
    for (const segment of segments) await this.#disk.remove(indexName(segment));
    await this.#disk.syncFolder();
  }

  #readPart(name: string, part: { readonly position: number; readonly length: number }): Promise<Buffer | undefined> {
    return unlessUnreadable(() => this.#disk.readFile(name, part));
  }

  async #write(name: string, index: EncodedIndex): Promise<void> {
    await this.#disk.remove(name);
    if ((await this.#disk.freeBytes()) < index.byteCount + spareBytes) return;
    try {
      await withFile(this.#disk, name, async (file) => {
        await file.append(index.pieces);
        await file.flush();
      });
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      await this.#disk.remove(name);
    }
    await this.#disk.syncFolder();
  }
}

/** An index that the disk can no longer read counts as missing. */
async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
