/**
 * What a node removes from the end of its log it first copies as it is to `cut/`, to a file named after the offset of the first
 * entry and a number. The numbers count up over all files, so that they tell which copy is the oldest. When all copies together
 * exceed a bound, the oldest are removed; the newest one is always kept, whatever its size.
 */

import type { LogPoint } from '../../core/model/place.ts';
import { NoRoom, cutFolder } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';

const copyBytes = 1024 * 1024;

export interface Cut {
  readonly segments: readonly { readonly name: string }[];
  /** Where the cut is in the first of them. */
  readonly position: number;
  readonly point: LogPoint;
}

export interface CutCopiesOptions {
  readonly bytesMax: number;
  /** Called when copies were removed to keep to the bound. */
  readonly removed?: ((removed: RemovedCopies) => void) | undefined;
}

/** Which copies were removed: the names in `cut/`, oldest first, and their size. */
export interface RemovedCopies {
  readonly names: readonly string[];
  readonly bytes: number;
}

interface Copy {
  readonly name: string;
  readonly bytes: number;
}

export class CutCopies {
  readonly #disk: Disk;
  readonly #options: CutCopiesOptions;
  /** Oldest first. */
  #copies: readonly Copy[];

  private constructor(disk: Disk, options: CutCopiesOptions, copies: readonly Copy[]) {
    this.#disk = disk;
    this.#options = options;
    this.#copies = copies;
  }

  /** Reads what there is, and changes nothing. */
  static async open(disk: Disk, options: CutCopiesOptions): Promise<CutCopies> {
    const names = (await disk.list(cutFolder)).filter((name) => numberOf(name) > 0);
    // Earlier versions numbered the copies at each offset.
    names.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
    const copies: Copy[] = [];
    for (const name of names) copies.push({ name, bytes: await sizeOf(disk, name) });
    return new CutCopies(disk, options, copies);
  }

  /** Copies everything from `position` in the first segment to the end of the last. @throws NoRoom, and then there is no copy */
  async keep(cut: Cut): Promise<void> {
    const name = `${String(cut.point.offset).padStart(20, '0')}-${numberOf(this.#copies.at(-1)?.name ?? '') + 1}.log`;
    let bytes: number;
    try {
      bytes = await this.#copyTo(`${cutFolder}/${name}`, cut);
    } catch (error) {
      // A partial copy would only take the room that a complete one needs.
      if (error instanceof NoRoom) await this.#disk.remove(`${cutFolder}/${name}`);
      throw error;
    }
    if (bytes > 0) this.#copies = [...this.#copies, { name, bytes }];
    await this.removeSurplus();
  }

  /** Removes the oldest copies until the rest fits in the bound. */
  async removeSurplus(): Promise<void> {
    const { bytesMax, removed } = this.#options;
    let bytes = totalOf(this.#copies);
    const surplus: Copy[] = [];
    for (const copy of this.#copies.slice(0, -1)) {
      if (bytes <= bytesMax) break;
      surplus.push(copy);
      bytes -= copy.bytes;
    }
    if (surplus.length === 0) return;
    for (const { name } of surplus) await this.#disk.remove(`${cutFolder}/${name}`);
    this.#copies = this.#copies.slice(surplus.length);
    removed?.({ names: surplus.map(({ name }) => name), bytes: totalOf(surplus) });
  }

  /** @returns the size of the copy; 0 if there was nothing but zeros, and then there is none */
  async #copyTo(name: string, cut: Cut): Promise<number> {
    let archive: DiskFile | undefined;
    let { position } = cut;
    try {
      for (const segment of cut.segments) {
        const file = await this.#disk.open(segment.name);
        try {
          for (; position < file.size; position += copyBytes) {
            const bytes = await file.read(position, copyBytes);
            if (isBlank(bytes)) continue;
            archive ??= await this.#disk.open(name);
            await archive.append([bytes]);
          }
        } finally {
          await file.close();
        }
        position = 0;
      }
      await archive?.flush();
    } finally {
      await archive?.close();
    }
    if (archive !== undefined) await this.#disk.syncFolder();
    return archive?.size ?? 0;
  }
}

/** The number in the name of a copy; 0 if it is not the name of one. */
function numberOf(name: string): number {
  return Number(/^\d{20}-(\d{1,15})\.log$/.exec(name)?.[1] ?? 0);
}

async function sizeOf(disk: Disk, name: string): Promise<number> {
  const file = await disk.open(`${cutFolder}/${name}`);
  try {
    return file.size;
  } finally {
    await file.close();
  }
}

function totalOf(copies: readonly Copy[]): number {
  return copies.reduce((total, { bytes }) => total + bytes, 0);
}

/** Whether there are only zeros: some file systems leave such a tail after a crash. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
