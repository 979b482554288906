/**
 * The state file (its format is in state-format.ts) is always replaced as a whole: the new one is written to another file,
 * flushed and renamed over the old one, and the folder is flushed. So a crash leaves the old one or the new one.
 *
 * A promise must be possible even when appends have used up everything: bytes, inodes, descriptors. So the file for the next
 * state (the spare) exists from the beginning, at full size and open, and the two files change places: the old one gets another
 * name before the new one takes its name, and becomes the next spare. If that is not possible, the file that is replaced makes
 * room for the next one. If even overwriting needs room, the reserve is given up step by step.
 */

import { assert } from '../../core/model/assert.ts';
import { epochMax } from '../../core/model/foreign-epoch.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import { giveUpReserve, reserveName } from './reserve.ts';
import { parseState, serializeState, stateFileName } from './state-format.ts';
import type { StoredState } from './state-format.ts';
import { StorageDamaged } from './storage-damaged.ts';

/** The spare: the next state is written here. */
const spareName = 'state.json.new';
/** The previous state, for a moment, until it becomes the spare. */
const formerName = 'state.json.old';
/** The size of the file, however long its state is: the rest is blank. */
const fileBytes = 1024;

/**
 * @returns `undefined` if there is no state file
 * @throws StorageDamaged, UnknownFormat
 */
export async function readStateFile(disk: Disk): Promise<StoredState | undefined> {
  const stored = await readStateToRepair(disk);
  if (stored !== undefined && !isPromisable(stored.state.promisedEpoch)) {
    const what = `it promised epoch ${stored.state.promisedEpoch}, above which no node could ever lead`;
    throw new StorageDamaged(stateFileName, `${what}: "rlog repair" on this folder lowers it`);
  }
  return stored;
}

/** Like `readStateFile`, but accepts any promised epoch. @throws StorageDamaged, UnknownFormat */
export async function readStateToRepair(disk: Disk): Promise<StoredState | undefined> {
  const bytes = await disk.readFile(stateFileName);
  return bytes === undefined ? undefined : parseState(bytes);
}

function isPromisable(promised: number): boolean {
  return Number.isSafeInteger(promised) && promised >= 0 && promised <= epochMax;
}

/** A file, and how much of it is not blank. */
interface Written {
  readonly file: DiskFile;
  readonly usedBytes: number;
}

export class StateFile {
  readonly #disk: Disk;
  /** `undefined` before the first state. */
  #current: Written | undefined;
  /** `undefined` while there is no room for it. */
  #spare: Written | undefined;

  private constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Must be called before the folder is synced. Does not change the state. */
  static async open(disk: Disk): Promise<StateFile> {
    const opened = new StateFile(disk);
    try {
      if ((await disk.list()).includes(stateFileName)) {
        const file = await disk.open(stateFileName);
        opened.#current = { file, usedBytes: file.size };
      }
      await opened.#provideSpare();
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /**
   * Replaces the state, durably and as a whole.
   * @param isNeeded - whether the reserve may be given up for it
   * @throws NoRoom, and then the previous state is still there
   */
  async save(stored: StoredState, isNeeded = true): Promise<void> {
    for (;;) {
      try {
        await this.#replace(stored);
        break;
      } catch (error) {
        if (!(error instanceof NoRoom) || !isNeeded || !(await giveUpReserve(this.#disk))) throw error;
      }
    }
    if (this.#spare === undefined) await this.#provideSpare();
  }

  async close(): Promise<void> {
    await this.#current?.file.close();
    await this.#spare?.file.close();
    this.#current = undefined;
    this.#spare = undefined;
  }

  async #replace(stored: StoredState): Promise<void> {
    const disk = this.#disk;
    const spare = this.#spare ?? (await this.#makeSpare());
    // If this fails half way, the content of the spare is unknown, so all of it counts as used.
    this.#spare = { ...spare, usedBytes: fileBytes };
    const written = await overwrite(spare, serializeState(stored));
    await written.file.flush();
    const former = this.#current;
    if (former !== undefined) await disk.remove(formerName);
    const isKept = former !== undefined && (await this.#keepFormer());
    await disk.rename(spareName, stateFileName);
    this.#current = written;
    this.#spare = undefined;
    // Before the former one can be overwritten: otherwise a crash could leave it as the state.
    await disk.syncFolder();
    if (!isKept) {
      await former?.file.close();
      return;
    }
    await disk.rename(formerName, spareName);
    this.#spare = former;
  }

  /** Gives the state that is about to be replaced another name. @returns whether that was possible */
  async #keepFormer(): Promise<boolean> {
    try {
      return await this.#disk.link(stateFileName, formerName);
    } catch (error) {
      // Some file systems count names like files (tmpfs). Then the file that goes away makes room for the next one.
      if (error instanceof NoRoom) return false;
      throw error;
    }
  }

  async #provideSpare(): Promise<void> {
    try {
      this.#spare = await this.#makeSpare();
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
    }
  }

  /** @throws NoRoom */
  async #makeSpare(): Promise<Written> {
    const disk = this.#disk;
    const names = await disk.list();
    // If both exist, the former one may be another name of the state itself, so it must not be the spare.
    if (names.includes(spareName)) await disk.remove(formerName);
    else if (names.includes(formerName)) await disk.rename(formerName, spareName);
    try {
      return await openSpare(disk);
    } catch (error) {
      if (!(error instanceof NoRoom) || !names.includes(reserveName)) throw error;
    }
    // The reserve is also kept for this: it is a file, with room.
    await disk.rename(reserveName, spareName);
    return openSpare(disk);
  }
}

/** Writes a state without opening the log in this folder. */
export async function writeStateFile(disk: Disk, stored: StoredState): Promise<void> {
  const file = await StateFile.open(disk);
  try {
    await file.save(stored);
  } finally {
    await file.close();
  }
}

async function openSpare(disk: Disk): Promise<Written> {
  const file = await disk.open(spareName);
  try {
    if (file.size < fileBytes) await file.append([blank(fileBytes - file.size)]);
    if (file.size > fileBytes) await file.truncate(fileBytes);
    return { file, usedBytes: fileBytes };
  } catch (error) {
    await file.close();
    await disk.remove(spareName);
    throw error;
  }
}

async function overwrite({ file, usedBytes }: Written, state: Buffer): Promise<Written> {
  assert(state.length <= fileBytes, 'a state fits into its file');
  await file.overwrite(0, Buffer.concat([state, blank(Math.max(0, usedBytes - state.length))]));
  return { file, usedBytes: state.length };
}

/** Whitespace, which JSON ignores. */
function blank(bytes: number): Buffer {
  return Buffer.alloc(bytes, ' ');
}
