/**
 * The state file, what is in it says state-format.ts, is replaced as a whole: written beside, flushed, renamed over, and the
 * folder flushed. So a crash leaves the old one or the new one.
 *
 * A promise must be possible where appends have used up all that there is: bytes, inodes, descriptors. So the file that
 * the next state is written to is there from the beginning, with its room and open, and the two change places: the old
 * one gets another name before the new one takes its own, and is the one to be written to next. Where that cannot be, what
 * is replaced makes room for the next one; and where even to write over what is there needs room, the reserve is given up
 * bit by bit.
 */

import { assert } from '../../core/model/assert.ts';
import { epochMax } from '../../core/model/foreign-epoch.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import { giveUpReserve, reserveName } from './reserve.ts';
import { parseState, serializeState, stateFileName } from './state-format.ts';
import type { StoredState } from './state-format.ts';
import { StorageDamaged } from './storage-damaged.ts';

/** Where the next state is written. */
const spareName = 'state.json.new';
/** The state before this one, for a moment, until it is the spare. */
const formerName = 'state.json.old';
/** Of the file, whatever its state needs: the rest is blank. */
const fileBytes = 1024;

/**
 * @returns `undefined` if there is none
 * @throws StorageDamaged, UnknownFormat
 */
export async function readStateFile(disk: Disk): Promise<StoredState | undefined> {
  const stored = await readStateToRepair(disk);
  if (stored !== undefined && !isPromisable(stored.state.promisedEpoch)) {
    const what = `it promised epoch ${stored.state.promisedEpoch}, above which nobody could ever lead`;
    throw new StorageDamaged(stateFileName, `${what}: "rlog repair" on this folder lowers it`);
  }
  return stored;
}

/** The same, whatever epoch it promised. @throws StorageDamaged, UnknownFormat */
export async function readStateToRepair(disk: Disk): Promise<StoredState | undefined> {
  const bytes = await disk.readFile(stateFileName);
  return bytes === undefined ? undefined : parseState(bytes);
}

function isPromisable(promised: number): boolean {
  return Number.isSafeInteger(promised) && promised >= 0 && promised <= epochMax;
}

/** A file and how much of it is not blank. */
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

  /** Called before the folder is synced; changes nothing about the state. */
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
   * Durably and as a whole.
   * @param isNeeded - enough to give up the reserve for it
   * @throws NoRoom, and then the one before is still there
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
    // Not to be taken for one that can be trusted, should this end half way.
    this.#spare = { ...spare, usedBytes: fileBytes };
    const written = await overwrite(spare, serializeState(stored));
    await written.file.flush();
    const former = this.#current;
    if (former !== undefined) await disk.remove(formerName);
    const isKept = former !== undefined && (await this.#keepFormer());
    await disk.rename(spareName, stateFileName);
    this.#current = written;
    this.#spare = undefined;
    // Before the former one can be written to: a crash must not leave it as the one that counts.
    await disk.syncFolder();
    if (!isKept) {
      await former?.file.close();
      return;
    }
    await disk.rename(formerName, spareName);
    this.#spare = former;
  }

  /** @returns whether there is another name for the state that is about to be replaced */
  async #keepFormer(): Promise<boolean> {
    try {
      return await this.#disk.link(stateFileName, formerName);
    } catch (error) {
      // Where names are counted like files (tmpfs does). Then what is about to go makes room for the next one.
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
    // With a spare beside it, it may be another name of the state itself.
    if (names.includes(spareName)) await disk.remove(formerName);
    else if (names.includes(formerName)) await disk.rename(formerName, spareName);
    try {
      return await openSpare(disk);
    } catch (error) {
      if (!(error instanceof NoRoom) || !names.includes(reserveName)) throw error;
    }
    // What is kept for this: room, and a file.
    await disk.rename(reserveName, spareName);
    return openSpare(disk);
  }
}

/** For those who have no log open in this folder. */
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

/** What JSON takes for nothing. */
function blank(bytes: number): Buffer {
  return Buffer.alloc(bytes, ' ');
}
