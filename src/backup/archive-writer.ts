/**
 * A backup as a tar: `backup.json`, the checkpoint in parts, the batches in parts, `manifest.json`. The parts are named by where
 * they begin. One after the other, the batches of all parts are the bytes of the segments without their flush marks.
 */

import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import type { Batch } from '../core/model/batch.ts';
import { Contents } from './contents.ts';
import { encodeHead, encodeManifest, headName, manifestName } from './manifest.ts';
import type { BackupHead, BackupManifest } from './manifest.ts';
import { partName } from './part-names.ts';

/** Batches are collected until they take so much: what is read of the log at a time is a part without being copied. */
const partBytes = 128 * 1024;

export interface BackupSource {
  readonly head: BackupHead;
  readonly members: BackupManifest['members'];
  readonly checkpoint: AsyncIterable<Buffer>;
  /** In any portions; each waits until the one before was taken. */
  readonly batches: AsyncIterable<readonly Batch[]>;
  /** Called with the manifest before it is sent. */
  readonly done: (manifest: BackupManifest) => void;
}

/** The bytes of the archive, one piece after the other as they are taken. */
export async function* archiveOf({ head, members, checkpoint, batches, done }: BackupSource): AsyncGenerator<Buffer> {
  const tar = pack();
  const mtime = new Date(head.takenAt);
  const contents = new Contents(head.begins);
  const add = (name: string, content: Buffer): Generator<Buffer> => {
    tar.entry({ name, mtime, mode: 0o640, size: content.length }, content);
    return taken(tar);
  };
  yield* add(headName, encodeHead(head));
  let position = 0;
  for await (const piece of checkpoint) {
    contents.addCheckpoint(piece);
    yield* add(partName('checkpoint', position), piece);
    position += piece.length;
  }
  let part: Batch[] = [];
  let bytes = 0;
  const takePart = (): Generator<Buffer> => {
    const name = partName('batches', part[0]?.number ?? 0);
    const content = joined(part.map((batch) => batch.bytes));
    [part, bytes] = [[], 0];
    return add(name, content);
  };
  for await (const some of batches) {
    for (const batch of some) {
      contents.add(batch);
      part.push(batch);
      bytes += batch.bytes.length;
    }
    if (bytes >= partBytes) yield* takePart();
  }
  if (part.length > 0) yield* takePart();
  const manifest = { ...head, members, ...contents.facts() };
  done(manifest);
  yield* add(manifestName, encodeManifest(manifest));
  tar.finalize();
  yield* taken(tar);
}

/** The bytes one after the other: not copied if they lie so in memory, as they do on disk but for flush marks. */
function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first] = pieces;
  if (first === undefined) return Buffer.alloc(0);
  let end = first.byteOffset;
  for (const { buffer, byteOffset, length } of pieces) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(pieces);
    end += length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}

/** What the archive has ready. */
function* taken(tar: Pack): Generator<Buffer> {
  for (;;) {
    const piece = tar.read() as Buffer | null;
    if (piece === null) return;
    yield piece;
  }
}
