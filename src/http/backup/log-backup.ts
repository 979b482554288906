/** A backup that is being taken: reads the log in turns with other readers, and makes an archive of it. */

import { Readable } from 'node:stream';
import type { BackupHead, BackupManifest } from '../../backup/manifest.ts';
import type { Batch } from '../../core/model/batch.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Driver } from '../../driver/driver.ts';
import type { LogCopy } from '../../storage/log-copy.ts';
import { version } from '../../api/version.ts';
import type { ReadPacer } from '../read/read-pacer.ts';
import { BackupPace } from './backup-pace.ts';

/** What is read of the log, checked and packed in one turn. */
const pieceBytes = 256 * 1024;
/** A backup whose reader takes nothing for so long is given up, because it holds files that may have to go. */
const stalledMs = 60_000;

interface Parts {
  readonly driver: Driver;
  readonly readPacer: ReadPacer;
  readonly config: { readonly serverId: string };
  readonly from: Offset | undefined;
}

export class LogBackup {
  readonly head: BackupHead;
  readonly #copy: LogCopy;
  readonly #pace: BackupPace;
  readonly #members: BackupManifest['members'];
  /** What was read to find out where it begins. */
  readonly #first: readonly Batch[];
  #manifest: BackupManifest | undefined;

  private constructor(parts: Parts, copy: LogCopy, first: readonly Batch[]) {
    const { driver, config, from } = parts;
    const { clusterId, firstOffset } = driver;
    this.#copy = copy;
    this.#pace = new BackupPace({ driver, readPacer: parts.readPacer, pieceBytes });
    this.#first = first;
    this.#members = driver.status().members.map(({ id, url }) => ({ id, url }));
    const [batch] = first;
    const start: LogPoint = batch === undefined ? copy.committed : { number: batch.number, offset: batch.baseOffset };
    this.head = {
      kind: from === undefined ? 'full' : 'increment',
      ...{ cluster: clusterId ?? '', node: config.serverId, version, takenAt: new Date().toISOString() },
      begins: from === undefined && copy.checkpointBytes > 0 ? copy.base : start,
      firstOffset,
      bytesExpected: copy.checkpointBytes + copy.batchBytes,
    };
  }

  /** Reads where it begins, so that what goes wrong there can still be said in the answer. */
  static async begin(parts: Parts): Promise<LogBackup> {
    const copy = parts.driver.copyLog(parts.from);
    try {
      for (;;) {
        const batches = await copy.read(pieceBytes);
        if (batches === undefined || batches.length > 0) return new LogBackup(parts, copy, batches ?? []);
        await parts.readPacer.turn();
      }
    } catch (error) {
      await copy.close();
      throw error;
    }
  }

  /** Set once everything was read. */
  get manifest(): BackupManifest | undefined {
    return this.#manifest;
  }

  /** The bytes of the archive. To be called once. */
  async stream({ isCompressed }: { readonly isCompressed: boolean }): Promise<Readable> {
    // Loaded when the first backup is taken: a node starts quicker without.
    const [{ archiveOf }, { compressed }] = await Promise.all([
      import('../../backup/archive-writer.ts'),
      import('../../backup/compression.ts'),
    ]);
    const archive = archiveOf({
      ...{ head: this.head, members: this.#members },
      checkpoint: this.#checkpoint(),
      batches: this.#batches(),
      done: (manifest) => (this.#manifest = manifest),
    });
    const stalled = (): unknown => bytes.destroy(new Error('the reader of the backup takes nothing'));
    const bytes: Readable = Readable.from(unlessStalled(archive, stalled));
    return isCompressed ? compressed(bytes) : bytes;
  }

  close(): Promise<void> {
    return this.#copy.close();
  }

  async *#checkpoint(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.#copy.checkpointBytes; ) {
      await this.#pace.turn();
      const piece = await this.#copy.readCheckpoint(position, pieceBytes);
      yield piece;
      position += piece.length;
    }
  }

  async *#batches(): AsyncGenerator<readonly Batch[]> {
    for (let batches: readonly Batch[] | undefined = this.#first; batches !== undefined; ) {
      yield batches;
      await this.#pace.turn();
      batches = await this.#copy.read(pieceBytes);
    }
  }
}

/** @param stalled - called when nothing was taken for a while */
async function* unlessStalled(pieces: AsyncGenerator<Buffer>, stalled: () => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    const timer = setTimeout(stalled, stalledMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}
