/**
 * Reads a backup and checks all of it: that it is complete, every checksum, and that every batch is the next one. What it hands
 * out before the manifest has come is checked by itself, but may be the beginning of a backup that is damaged further on.
 */

import { PassThrough, Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { Batch } from '../core/model/batch.ts';
import { BatchDamaged, UnknownFormat, batchLength, decodeBatch } from '../protocol/batch-codec.ts';
import { BackupDamaged } from './backup-damaged.ts';
import { decompressed } from './compression.ts';
import { Contents } from './contents.ts';
import { decodeHead, decodeManifest, headName, manifestName } from './manifest.ts';
import type { BackupHead, BackupManifest } from './manifest.ts';
import { partKind } from './part-names.ts';

export type BackupPart =
  | { readonly kind: 'head'; readonly head: BackupHead }
  | { readonly kind: 'checkpoint'; readonly bytes: Buffer }
  | { readonly kind: 'batches'; readonly batches: readonly Batch[] }
  /** The last one: all that came before is what was backed up. */
  | { readonly kind: 'manifest'; readonly manifest: BackupManifest };

/** No part is larger than the largest batch. */
const partBytesMax = 1024 * 1024 * 1024;

/**
 * @param source - the bytes of the archive, compressed or not
 * @throws BackupDamaged, with the place; or what the source throws
 */
export async function* readArchive(source: AsyncIterable<Buffer>): AsyncGenerator<BackupPart, void, undefined> {
  let contents: Contents | undefined;
  let head: BackupHead | undefined;
  let isComplete = false;
  const where = (): string => contents?.place ?? 'at its beginning';
  for await (const { name, bytes } of entries(source, where)) {
    if (isComplete) throw new BackupDamaged(`"${name}" comes after the manifest`);
    if (head === undefined || contents === undefined) {
      if (name !== headName) throw new BackupDamaged(`it does not begin with ${headName}: it is no backup of a log`);
      head = decodeHead(bytes);
      contents = new Contents(head.begins);
      yield { kind: 'head', head };
    } else if (name === manifestName) {
      const manifest = decodeManifest(bytes);
      compare(manifest, head, contents);
      isComplete = true;
      yield { kind: 'manifest', manifest };
    } else if (partKind(name) === 'checkpoint') {
      contents.addCheckpoint(bytes);
      yield { kind: 'checkpoint', bytes };
    } else if (partKind(name) === 'batches') {
      yield { kind: 'batches', batches: batchesIn(bytes, contents) };
    } else throw new BackupDamaged(`${where()}, there is "${name}", which is no part of a backup`);
  }
  if (!isComplete) throw new BackupDamaged(`it is not complete: it ends ${where()}, without ${manifestName}`);
}

/** Reads all of it. @throws BackupDamaged */
export async function checkArchive(source: AsyncIterable<Buffer>): Promise<BackupManifest> {
  let found: BackupManifest | undefined;
  for await (const part of readArchive(source)) if (part.kind === 'manifest') found = part.manifest;
  if (found === undefined) throw new BackupDamaged(`it has no ${manifestName}`);
  return found;
}

function batchesIn(bytes: Buffer, contents: Contents): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at < bytes.length; ) {
    try {
      const length = batchLength(bytes, at);
      if (length < 0 || at + length > bytes.length) throw new BatchDamaged('it is not complete');
      const batch = decodeBatch(bytes.subarray(at, at + length));
      contents.add(batch);
      batches.push(batch);
      at += length;
    } catch (error) {
      if (error instanceof BackupDamaged) throw error;
      const isTold = error instanceof BatchDamaged || error instanceof UnknownFormat || error instanceof SyntaxError;
      if (isTold || error instanceof TypeError || error instanceof RangeError)
        throw new BackupDamaged(`damaged ${contents.place}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  return batches;
}

/** @throws BackupDamaged */
function compare(manifest: BackupManifest, head: BackupHead, contents: Contents): void {
  const said = { ...contents.facts(), cluster: head.cluster, kind: head.kind, begins: head.begins };
  for (const [field, value] of Object.entries(said)) {
    const listed = manifest[field as keyof typeof said];
    if (JSON.stringify(sorted(listed)) !== JSON.stringify(sorted(value)))
      throw new BackupDamaged(`${manifestName} says "${field}": ${JSON.stringify(listed)}, and there is ${JSON.stringify(value)}`);
  }
}

/** Its fields in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}

/** @param where - for the message, if the archive itself is damaged */
async function* entries(
  source: AsyncIterable<Buffer>,
  where: () => string,
): AsyncGenerator<{ readonly name: string; readonly bytes: Buffer }, void, undefined> {
  const tar = extract();
  let ofSource: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* source;
    } catch (error) {
      ofSource = { error };
      throw error;
    }
  };
  const plain = await decompressed(watched()).catch((error: unknown) => {
    if (ofSource !== undefined) throw error;
    throw new BackupDamaged(`${where()}: ${messageOf(error)}`, { cause: error });
  });
  const bytes = Readable.from(plain);
  // Streams of the package are not Node's own, so what goes wrong is passed on here.
  bytes.on('error', (error) => tar.destroy(error));
  bytes.pipe(new PassThrough().on('error', (error) => tar.destroy(error))).pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, size = 0 } = entry.header;
      if (size > partBytesMax) throw new BackupDamaged(`${where()}, "${name}" is too large`);
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece);
      yield { name, bytes: Buffer.concat(pieces) };
    }
  } catch (error) {
    if (error instanceof BackupDamaged) throw error;
    if (ofSource !== undefined) throw ofSource.error;
    throw new BackupDamaged(`it is cut short or damaged ${where()}: ${messageOf(error)}`, { cause: error });
  } finally {
    bytes.destroy();
    tar.destroy();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
