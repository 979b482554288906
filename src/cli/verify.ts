/** `rlog verify`: reads a data folder and changes nothing. */

import { existsSync, statSync } from 'node:fs';
import { isWithinReach } from '../core/model/foreign-epoch.ts';
import { NodeDisk } from '../io/node-disk.ts';
import { UnknownFormat } from '../protocol/batch-codec.ts';
import { cutFolder } from '../ports/ports.ts';
import type { Held } from '../core/model/place.ts';
import { forgottenBy } from '../storage/recovery/forgotten.ts';
import { scanLog } from '../storage/recovery/read-log.ts';
import { soundPart } from '../storage/recovery/sound-part.ts';
import { readStateFile } from '../storage/format/state-file.ts';
import { nobody } from '../storage/format/state-format.ts';
import type { StoredState } from '../storage/format/state-format.ts';
import { checkConsistency, isDataFolder } from '../storage/recovery.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import { CliError } from './cli-error.ts';
import { counted } from '../api/wording.ts';
import { exitCodes } from './exit-codes.ts';
import { say, sayJson } from './print.ts';

/** Idempotency keys are not needed here. */
const limits = { keysMax: 1, windowMs: Number.MAX_SAFE_INTEGER };

export async function verify(dir: string, options: { readonly json?: boolean }): Promise<void> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new CliError(`${dir} is not a folder`, exitCodes.usage);
  const findings = await findingsOrFail(dir);
  if (options.json === true) sayJson(findings);
  else say(...linesOf(findings));
  if (findings.damage !== null || findings.forgotten !== null) process.exitCode = exitCodes.rejected;
}

async function findingsOrFail(dir: string): Promise<Findings> {
  try {
    const disk = NodeDisk.at(dir);
    if (!(await isDataFolder(disk)))
      throw new CliError(`${dir} is not a data folder: it has neither a state file nor segments of a log`, exitCodes.usage);
    return await examine(disk);
  } catch (cause) {
    const isRefused = cause instanceof Error && 'code' in cause && 'syscall' in cause;
    throw isRefused ? new CliError(`${dir} cannot be read: ${cause.message}`, exitCodes.usage, { cause }) : cause;
  }
}

interface Findings {
  readonly node: string | null;
  readonly cluster: string | null;
  readonly promisedEpoch: number | null;
  /** The first entry that is stored; those before it are gone, and what must be known of them is in the checkpoint. */
  readonly begins: number;
  /** Of a damaged log: only the sound part before the damage. */
  readonly segments: number;
  readonly batches: number;
  readonly entries: number;
  readonly epoch: number;
  /** Whether the promise is so far above the log that no other node could reach it, by mistake or malice. */
  readonly isPromiseOutOfReach: boolean;
  /** Bytes at the end that, as far as the folder tells, were never flushed: the next start cuts them off. */
  readonly tornBytes: number;
  /** The last batch that the disk is known to have flushed, if it is no longer there. */
  readonly forgotten: Held | null;
  readonly cuts: readonly string[];
  readonly damage: string | null;
}

async function examine(disk: NodeDisk): Promise<Findings> {
  let stored: StoredState | undefined;
  const known = () => ({
    // A restored folder is nobody's before the first start.
    node: stored === undefined || stored.node === nobody ? null : stored.node,
    cluster: stored?.state.clusterId ?? null,
    promisedEpoch: stored?.state.promisedEpoch ?? null,
    begins: stored?.base?.offset ?? 0,
  });
  try {
    stored = await readStateFile(disk);
    const log = await scanLog(disk, limits, stored?.base);
    checkConsistency(stored?.state, log);
    const file = log.last === undefined ? undefined : await disk.open(log.last.name);
    const tornBytes = file === undefined || log.lastScan === undefined ? 0 : file.size - log.lastScan.validEnd;
    await file?.close();
    return {
      ...known(),
      segments: log.closed.length + (log.last === undefined ? 0 : 1),
      batches: log.outline.end.number - log.outline.base.number,
      entries: log.outline.end.offset,
      epoch: log.outline.tip.epoch,
      isPromiseOutOfReach: stored !== undefined && !isWithinReach(stored.state.promisedEpoch, log.outline.tip.epoch),
      tornBytes,
      forgotten: (stored === undefined ? undefined : await forgottenBy(disk, log, stored.held)) ?? null,
      cuts: await disk.list(cutFolder),
      damage: null,
    };
  } catch (error) {
    if (!(error instanceof StorageDamaged) && !(error instanceof UnknownFormat)) throw error;
    const rest = { isPromiseOutOfReach: false, tornBytes: 0, forgotten: null, cuts: await disk.list(cutFolder) };
    return { ...known(), ...(await soundPart(disk, stored?.base)), ...rest, damage: error.message };
  }
}

function damageLines({ begins, entries, batches, segments }: Findings, damage: string): string[] {
  const sound =
    entries <= begins
      ? 'no entry before it is sound'
      : `sound before it: offsets ${begins} to ${entries - 1}, in ${counted(batches, 'batch', 'batches')} and ${counted(segments, 'segment')}`;
  return [
    `damaged: ${damage}`,
    `${sound}; the first offset that is not certain: ${entries}`,
    'next: copy the folder before you change anything. If a majority of the other members is sound ("rlog verify" on each, or',
    '"rlog status"), empty this folder and start the node: it copies the log from the leader. If not, the sound part above and the',
    'folders of the others are all that is left: docs/storage-format.md describes the files.',
  ];
}

function linesOf(findings: Findings): string[] {
  if (findings.damage !== null) return damageLines(findings, findings.damage);
  const { node, cluster, segments, batches, begins, entries, epoch, promisedEpoch, tornBytes, cuts } = findings;
  const lines = [
    `${findings.forgotten === null ? 'sound' : 'incomplete'}: ${counted(entries - begins, 'entry', 'entries')} in ${counted(batches, 'batch', 'batches')} and ${counted(segments, 'segment')}, up to epoch ${epoch}`,
    `node ${node ?? 'none yet'}, cluster ${cluster ?? 'none yet'}, promised epoch ${promisedEpoch ?? 0}`,
  ];
  if (findings.begins > 0) lines.push(`begins at offset ${findings.begins}, with a checkpoint of what was before`);
  if (findings.forgotten !== null)
    lines.push(
      `forgotten: entries up to offset ${findings.forgotten.end} (batch ${findings.forgotten.number} of epoch ${findings.forgotten.epoch}) had been flushed and are gone: the next start takes a new storage id, and the node does not count until a leader has added that`,
    );
  if (findings.isPromiseOutOfReach)
    lines.push(
      `the promised epoch ${promisedEpoch ?? 0} is out of reach of nodes at epoch ${epoch}: if they are refused, see "rlog repair"`,
    );
  if (tornBytes > 0)
    lines.push(`${tornBytes} bytes at the end were never flushed: the next start copies them to ${cutFolder}/ and cuts them off`);
  if (cuts.length > 0) lines.push(`given up earlier, in ${cutFolder}/: ${cuts.join(', ')}`);
  return lines;
}
