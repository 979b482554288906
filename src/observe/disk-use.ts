/** Measures, on demand, how much of its disk a node uses, and how much is left. */

import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cutFolder } from '../ports/ports.ts';
import { isSegmentName } from '../storage/format/segment-names.ts';

export interface DiskUsage {
  readonly segments: number;
  readonly segmentBytes: number;
  /** Bytes that were cut from the log and are kept in cut/. */
  readonly cutBytes: number;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export class DiskUse {
  readonly #folder: string;
  readonly #cutCount: () => number;
  /** Sizes of segments that no longer grow; valid until something is cut. */
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
    const segments = (await readdir(this.#folder)).filter(isSegmentName).toSorted();
    const segmentBytes = await this.#bytesOf(segments);
    const cutBytes = await bytesIn(join(this.#folder, cutFolder));
    return { segments: segments.length, segmentBytes, cutBytes, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  }

  /** Among many segments, only the last one is measured each time: flushes need the same threads. */
  async #bytesOf(segments: readonly string[]): Promise<number> {
    const cutCount = this.#cutCount();
    const known = cutCount === this.#seenCutCount ? this.#closedBytes : new Map<string, number>();
    const closed = new Map<string, number>();
    let total = 0;
    for (const name of segments) {
      const bytes = known.get(name) ?? (await sizeOf(join(this.#folder, name)));
      if (name !== segments.at(-1)) closed.set(name, bytes);
      total += bytes;
    }
    this.#closedBytes = closed;
    this.#seenCutCount = cutCount;
    return total;
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
