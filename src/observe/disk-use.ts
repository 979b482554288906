/** Measures, on demand, how much of its disk a node uses, and how much is left. */

import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cutFolder } from '../ports/ports.ts';
import { isCheckpointName } from '../storage/checkpoints/checkpoint-files.ts';
import { indexName, isSegmentName } from '../storage/format/segment-names.ts';

export interface DiskUsage {
  readonly segments: number;
  readonly segmentBytes: number;
  /** Bytes of the indexes of closed segments. */
  readonly indexBytes: number;
  /** Bytes of the checkpoint at the base; 0 for a log that begins with its first batch. */
  readonly checkpointBytes: number;
  /** Bytes that were cut from the log and are kept in cut/. */
  readonly cutBytes: number;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export class DiskUse {
  readonly #folder: string;
  readonly #cutCount: () => number;
  /** Sizes of segments that no longer grow, and of their indexes; valid until something is cut. */
  #closedBytes = new Map<string, number>();
  #seenCutCount = 0;
  #asked: Promise<DiskUsage> | undefined;

  /** @param cutCount - how often the log has been cut */
  constructor(folder: string, cutCount: () => number) {
    this.#folder = folder;
    this.#cutCount = cutCount;
  }

  /** Concurrent calls share one measurement. */
  usage(): Promise<DiskUsage> {
    this.#asked ??= this.#measure().finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  async #measure(): Promise<DiskUsage> {
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    const names = await readdir(this.#folder);
    const segments = names.filter(isSegmentName).toSorted();
    const { segmentBytes, indexBytes } = await this.#bytesOf(segments);
    let checkpointBytes = 0;
    for (const name of names.filter(isCheckpointName)) checkpointBytes += await sizeOf(join(this.#folder, name));
    const cutBytes = await bytesIn(join(this.#folder, cutFolder));
    const disk = { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    return { segments: segments.length, segmentBytes, indexBytes, checkpointBytes, cutBytes, ...disk };
  }

  /** Among many segments, only the last one is measured each time: flushes need the same threads. */
  async #bytesOf(segments: readonly string[]): Promise<Pick<DiskUsage, 'segmentBytes' | 'indexBytes'>> {
    const cutCount = this.#cutCount();
    const known = cutCount === this.#seenCutCount ? this.#closedBytes : new Map<string, number>();
    const closed = new Map<string, number>();
    let [segmentBytes, indexBytes] = [0, 0];
    const last = segments.at(-1);
    for (const name of segments) {
      const bytes = known.get(name) ?? (await sizeOf(join(this.#folder, name)));
      segmentBytes += bytes;
      if (name === last) continue;
      closed.set(name, bytes);
      const index = indexName(name);
      // An index is written a while after its segment is closed.
      const ofIndex = known.get(index) ?? (await sizeOf(join(this.#folder, index)));
      indexBytes += ofIndex;
      if (ofIndex > 0) closed.set(index, ofIndex);
    }
    this.#closedBytes = closed;
    this.#seenCutCount = cutCount;
    return { segmentBytes, indexBytes };
  }
}

async function bytesIn(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder).catch(() => [])) total += await sizeOf(join(folder, name));
  return total;
}

/** 0 for a file that has been removed meanwhile. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
