/**
 * `rlog repair`: takes back a promise by hand. A promise is for ever, and safety depends on that. But a promise above which
 * no node can ever lead (after a forged request, or on a bad disk) keeps its node out for ever, and if several nodes made
 * it, stops the cluster.
 */

import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isWithinReach } from '../core/model/foreign-epoch.ts';
import { epoch } from '../core/model/numbers.ts';
import type { Epoch } from '../core/model/numbers.ts';
import { FolderLock } from '../io/folder-lock.ts';
import { NodeDisk } from '../io/node-disk.ts';
import { UnknownFormat } from '../protocol/batch-codec.ts';
import { scanLog } from '../storage/recovery/read-log.ts';
import { readStateToRepair, writeStateFile } from '../storage/format/state-file.ts';
import { stateFileName } from '../storage/format/state-format.ts';
import type { StoredState } from '../storage/format/state-format.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { askForYes } from './question.ts';
import { printable } from '../observe/printable.ts';
import { wholeNumber } from './whole-number.ts';

/** Idempotency keys are not needed here. */
const limits = { keysMax: 1, windowMs: Number.MAX_SAFE_INTEGER };
/** The old state file is kept under this name. */
const keptName = `${stateFileName}.before-repair`;

interface RepairOptions {
  readonly promisedEpoch?: string;
  readonly yes?: boolean;
}

export async function repair(dir: string, options: RepairOptions): Promise<void> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new CliError(`${dir} is not a folder`, exitCodes.usage);
  const disk = NodeDisk.at(dir);
  const lock = lockOrFail(dir);
  try {
    const { stored, logEpoch } = await examine(disk, dir);
    const { promisedEpoch } = stored.state;
    const lower = wantedEpoch(options.promisedEpoch, logEpoch);
    if (options.promisedEpoch === undefined && isWithinReach(promisedEpoch, logEpoch)) {
      process.stdout.write(`promised epoch ${promisedEpoch}, log at epoch ${logEpoch}: within reach, nothing was changed\n`);
      return;
    }
    if (lower >= promisedEpoch)
      throw new CliError(`the node promised epoch ${promisedEpoch}: a promise can only be lowered, and ${lower} is not lower`);
    await confirm({ stored, lower }, options.yes === true);
    copyFileSync(join(dir, stateFileName), join(dir, keptName));
    await writeStateFile(disk, { ...stored, state: { ...stored.state, promisedEpoch: lower, promisedTo: null } });
    process.stdout.write(`lowered the promised epoch from ${promisedEpoch} to ${lower}; the old state file is kept as ${keptName}\n`);
  } finally {
    await disk.close();
    lock.release();
  }
}

function lockOrFail(dir: string): FolderLock {
  try {
    return FolderLock.take(dir, { id: 'repair', pid: process.pid, url: '', since: new Date().toISOString() });
  } catch (cause) {
    throw new CliError(`${dir}: ${cause instanceof Error ? cause.message : String(cause)}`, exitCodes.rejected, { cause });
  }
}

async function examine(disk: NodeDisk, dir: string): Promise<{ readonly stored: StoredState; readonly logEpoch: Epoch }> {
  try {
    const stored = await readStateToRepair(disk);
    if (stored === undefined) throw new CliError(`${dir} has no ${stateFileName}: nothing was promised`);
    return { stored, logEpoch: (await scanLog(disk, limits, stored.base)).outline.tip.epoch };
  } catch (error) {
    if (error instanceof StorageDamaged || error instanceof UnknownFormat)
      throw new CliError(`damaged: ${error.message}`, exitCodes.rejected, { cause: error });
    throw error;
  }
}

function wantedEpoch(text: string | undefined, logEpoch: Epoch): Epoch {
  if (text === undefined) return logEpoch;
  const value = wholeNumber('--promised-epoch', text, { min: 0 });
  if (value < logEpoch) throw new CliError(`the log has batches of epoch ${logEpoch}: the promise cannot be below it`, exitCodes.usage);
  return epoch(value);
}

async function confirm({ stored, lower }: { readonly stored: StoredState; readonly lower: Epoch }, isSure: boolean): Promise<void> {
  const { promisedEpoch, promisedTo } = stored.state;
  process.stderr.write(
    [
      `Node "${printable(stored.node)}" promised epoch ${promisedEpoch}${promisedTo === null ? '' : ` to "${printable(promisedTo.id)}"`}; it would be lowered to ${lower}.`,
      'If a promise is taken back, two nodes can lead in one epoch, and then acknowledged entries are lost.',
      `It is safe if no node ever led in an epoch above ${lower}: see the epoch that "rlog status" shows for the remaining nodes,`,
      "and epoch.promised in this node's log. A higher --promised-epoch is always safer than a lower one.",
      '',
    ].join('\n'),
  );
  await askForYes('Lower it?', isSure);
}
