/**
 * What a backup says of itself: at its beginning (`backup.json`) whose log it is and where it begins, at its end (`manifest.json`)
 * what was in it. A backup without its manifest is not complete. Format 1.
 */

import { createHash } from 'node:crypto';
import { batchNumber, offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import { isCount, isMaybe, isNumber, isObjectWith, isOneOf, isText } from '../protocol/shape.ts';
import { BackupDamaged } from './backup-damaged.ts';

const backupFormat = 1;
export const headName = 'backup.json';
export const manifestName = 'manifest.json';

/** Known when the backup begins. */
export interface BackupHead {
  /** `full`: the log from where it begins; `increment`: from an entry on that an earlier backup ends with. */
  readonly kind: 'full' | 'increment';
  readonly cluster: string;
  /** The node that it was taken of, and its version. */
  readonly node: string;
  readonly version: string;
  /** ISO 8601. */
  readonly takenAt: string;
  /** The number of the first batch and the offset of its first entry; of a full backup, those of the base of the log. */
  readonly begins: LogPoint;
  /** The first entry that had not been trimmed. It may be behind `begins`: files go later than entries. */
  readonly firstOffset: number;
  /** About how many bytes of checkpoint and batches follow. */
  readonly bytesExpected: number;
}

export interface BackupManifest extends BackupHead {
  /** One past the last batch and past the last entry: what was committed, as far as the node knew. */
  readonly ends: LogPoint;
  /** The epoch and the date of the last batch, ms since 1970; 0 without one. */
  readonly lastEpoch: number;
  readonly lastTimestamp: number;
  /** The first batch of each epoch that begins in the batches. */
  readonly epochs: readonly (LogPoint & { readonly epoch: number })[];
  /** The members of the cluster at the time. */
  readonly members: readonly { readonly id: string; readonly url: string }[];
  /** What must be known of the log before its base; `null` if it begins at its first batch, and in an increment. */
  readonly checkpoint: Summed | null;
  readonly batches: Summed & { readonly count: number; readonly entries: number };
}

interface Summed {
  readonly bytes: number;
  /** Of all bytes, one after the other. */
  readonly sha256: string;
}

const isPoint = isObjectWith({ number: isCount, offset: isCount });
const headFields = {
  format: isOneOf(backupFormat),
  kind: isOneOf('full', 'increment'),
  cluster: isText,
  node: isText,
  version: isText,
  takenAt: isText,
  begins: isPoint,
  firstOffset: isCount,
  bytesExpected: isNumber,
} as const;
const isHead = isObjectWith(headFields);
const summed = { bytes: isCount, sha256: isText } as const;
const isManifest = isObjectWith({
  ...headFields,
  ends: isPoint,
  lastEpoch: isCount,
  lastTimestamp: isCount,
  checkpoint: isMaybe(isObjectWith(summed)),
  batches: isObjectWith({ ...summed, count: isCount, entries: isCount }),
  sha256: isText,
});

export function encodeHead(head: BackupHead): Buffer {
  return Buffer.from(`${JSON.stringify({ format: backupFormat, ...head }, null, 2)}\n`);
}

/** With a checksum of its own. */
export function encodeManifest(manifest: BackupManifest): Buffer {
  const body = { format: backupFormat, ...manifest };
  return Buffer.from(`${JSON.stringify({ ...body, sha256: sumOf(body) }, null, 2)}\n`);
}

/** @throws BackupDamaged */
export function decodeHead(bytes: Buffer): BackupHead {
  const value = jsonOf(bytes, headName);
  if (!isHead(value)) throw new BackupDamaged(`${headName}: a field is missing or of the wrong type`);
  const { format: _known, begins, ...head } = value;
  return { ...head, begins: pointOf(begins) };
}

/** @throws BackupDamaged */
export function decodeManifest(bytes: Buffer): BackupManifest {
  const value = jsonOf(bytes, manifestName) as object;
  if (!isManifest(value)) throw new BackupDamaged(`${manifestName}: a field is missing or of the wrong type`);
  const { sha256, ...body } = value;
  if (sumOf(body) !== sha256) throw new BackupDamaged(`${manifestName}: the checksum does not match`);
  const { format: _known, ...manifest } = body as typeof body & Pick<BackupManifest, 'epochs' | 'members'>;
  return { ...manifest, begins: pointOf(manifest.begins), ends: pointOf(manifest.ends) };
}

function jsonOf(bytes: Buffer, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new BackupDamaged(`${name} is not JSON`, { cause });
  }
  const format = (value as { readonly format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== backupFormat)
    throw new BackupDamaged(`${name} has format ${format}; this program knows ${backupFormat}`);
  return value;
}

function pointOf(point: { readonly number: number; readonly offset: number }): LogPoint {
  return { number: batchNumber(point.number), offset: offset(point.offset) };
}

function sumOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
