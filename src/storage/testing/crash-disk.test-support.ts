/**
 * A disk that records everything that is done to it, so that a crash after any operation can be examined later (crash-images).
 * It never fails by itself, but it can be full.
 *
 * A flush and a sync take a while, so that others write meanwhile. The time is counted in turns of the promise queue, so the
 * same work leaves the same events every time.
 */

import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import { DiskState } from './disk-state.test-support.ts';
import type { DiskEvent, FileId, Folder } from './disk-state.test-support.ts';

export class CrashDisk implements Disk {
  /** What was there, durably, before the first event. */
  readonly start: Folder;
  readonly events: DiskEvent[] = [];
  readonly state: DiskState;
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Whether a file can have only one name. */
  hasNoLinks = false;
  /** Whether another name for a file counts as one more file. */
  countsNames = false;
  /** How many files there may be. */
  filesMax = Number.POSITIVE_INFINITY;
  /** How large a file may grow. */
  fileBytesMax = Number.POSITIVE_INFINITY;
  /** How many more times a file can be opened before all descriptors are in use. */
  opensLeft = Number.POSITIVE_INFINITY;
  /** How long a flush and a sync take. */
  flushTurns = 1;

  constructor(start: Folder, events: readonly DiskEvent[] = []) {
    this.start = start;
    this.state = new DiskState(start);
    for (const event of events) this.record(event);
  }

  record(event: DiskEvent): void {
    this.state.apply(event);
    this.events.push(event);
  }

  get usedBytes(): number {
    return [...this.#filesNamed].reduce((sum, file) => sum + this.state.file(file).seen.length, 0);
  }

  get fileCount(): number {
    return this.#filesNamed.size;
  }

  get #filesNamed(): ReadonlySet<FileId> {
    return new Set(this.state.names.values());
  }

  async list(below?: string): Promise<string[]> {
    const prefix = below === undefined ? '' : `${below}/`;
    return [...this.state.names.keys()]
      .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length))
      .toSorted();
  }

  async open(name: string): Promise<DiskFile> {
    this.takeDescriptor();
    let file = this.state.names.get(name);
    if (file === undefined) {
      if (this.usedBytes >= this.capacityBytes || this.fileCount >= this.filesMax) throw new NoRoom('the disk is full');
      file = this.state.files.length;
      this.record({ kind: 'created', name, file });
    }
    return new RecordedFile(this, file);
  }

  async readFile(name: string, part?: { readonly position: number; readonly length: number }): Promise<Buffer | undefined> {
    this.takeDescriptor();
    const file = this.state.names.get(name);
    if (file === undefined) return undefined;
    const { seen } = this.state.file(file);
    return Buffer.from(part === undefined ? seen : seen.subarray(part.position, part.position + part.length));
  }

  async remove(name: string): Promise<void> {
    if (this.state.names.has(name)) this.record({ kind: 'removed', name });
  }

  async link(file: string, name: string): Promise<boolean> {
    if (this.hasNoLinks) return false;
    if (this.countsNames && this.fileCount >= this.filesMax) throw new NoRoom('the disk has no more names');
    this.record({ kind: 'linked', file, name });
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    this.record({ kind: 'renamed', from, to });
  }

  async syncFolder(): Promise<void> {
    this.record({ kind: 'syncBegun' });
    const covers = this.state.pendingNames.end;
    await turns(this.flushTurns);
    this.record({ kind: 'synced', covers });
  }

  takeDescriptor(): void {
    if (this.opensLeft === 0) throw new NoRoom('no descriptor is free', { lacks: 'file descriptors' });
    this.opensLeft -= 1;
  }

  async freeBytes(): Promise<number> {
    return Math.max(0, this.capacityBytes - this.usedBytes);
  }
}

class RecordedFile implements DiskFile {
  readonly #disk: CrashDisk;
  readonly #file: FileId;

  constructor(disk: CrashDisk, file: FileId) {
    this.#disk = disk;
    this.#file = file;
  }

  get size(): number {
    return this.#disk.state.file(this.#file).seen.length;
  }

  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    const allowed = this.#disk.fileBytesMax - this.size;
    const room = Math.max(0, Math.min(this.#disk.capacityBytes - this.#disk.usedBytes, allowed));
    const fitting = bytes.subarray(0, Math.min(bytes.length, room));
    this.#disk.record({ kind: 'written', file: this.#file, position: this.size, bytes: fitting });
    if (fitting.length < bytes.length) {
      this.#disk.record({ kind: 'undone', file: this.#file });
      throw new NoRoom('there is no room', { lacks: bytes.length > allowed ? 'file size' : 'disk space' });
    }
  }

  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    this.#disk.record({ kind: 'written', file: this.#file, position, bytes: Buffer.from(bytes) });
  }

  async flush(): Promise<void> {
    this.#disk.record({ kind: 'flushBegun', file: this.#file });
    const covers = this.#disk.state.file(this.#file).pending.end;
    await turns(this.#disk.flushTurns);
    this.#disk.record({ kind: 'flushed', file: this.#file, covers });
  }

  async read(position: number, length: number): Promise<Buffer> {
    return Buffer.from(this.#disk.state.file(this.#file).seen.subarray(position, position + length));
  }

  async readInto(target: Buffer, position: number): Promise<number> {
    return this.#disk.state.file(this.#file).seen.subarray(position).copy(target);
  }

  async truncate(size: number): Promise<void> {
    this.#disk.record({ kind: 'truncated', file: this.#file, size });
  }

  async close(): Promise<void> {}
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await Promise.resolve();
}
