/**
 * What a disk holds, event by event: what a running process sees, what is durable, and what is on its way there.
 *
 * A file is not its name. Content becomes durable by a flush that begins after it was written, names by a sync of the folder
 * that begins after they were given. After a failed flush the content can still be read, but no later flush will write it: the
 * operating system believes that it has done its part.
 */

export type FileId = number;

export type DiskEvent =
  | { readonly kind: 'created'; readonly name: string; readonly file: FileId }
  | { readonly kind: 'written'; readonly file: FileId; readonly position: number; readonly bytes: Buffer }
  /** There was no room for the last write, so it was dropped from memory before any of it could reach the disk. */
  | { readonly kind: 'undone'; readonly file: FileId }
  | { readonly kind: 'truncated'; readonly file: FileId; readonly size: number }
  | { readonly kind: 'flushBegun'; readonly file: FileId }
  | { readonly kind: 'flushed'; readonly file: FileId; readonly covers: number }
  | { readonly kind: 'flushFailed'; readonly file: FileId }
  | { readonly kind: 'linked'; readonly file: string; readonly name: string }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | { readonly kind: 'removed'; readonly name: string }
  | { readonly kind: 'syncBegun' }
  | { readonly kind: 'synced'; readonly covers: number };

export type ContentChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

/** Changes to names that happen atomically. */
export type NamesChange = readonly (readonly [name: string, file: FileId | undefined])[];

/** Changes on their way to the disk, numbered from the first one ever. */
class Pending<Change> {
  changes: readonly Change[] = [];
  /** One past the newest change. */
  end = 0;

  add(change: Change): void {
    this.changes = [...this.changes, change];
    this.end += 1;
  }

  /** Takes the changes numbered below `end`. */
  takeBefore(end: number): readonly Change[] {
    const count = Math.max(0, this.changes.length - (this.end - end));
    const taken = this.changes.slice(0, count);
    this.changes = this.changes.slice(count);
    return taken;
  }

  takeNewest(): Change | undefined {
    const newest = this.changes.at(-1);
    this.changes = this.changes.slice(0, -1);
    return newest;
  }
}

export interface FileState {
  /** As the running process reads it. */
  seen: Buffer;
  durable: Buffer;
  readonly pending: Pending<ContentChange>;
}

export type Names = ReadonlyMap<string, FileId>;
export type Folder = ReadonlyMap<string, Buffer>;

export class DiskState {
  readonly files: FileState[] = [];
  names: Names = new Map();
  durableNames: Names = new Map();
  readonly pendingNames = new Pending<NamesChange>();

  constructor(folder: Folder) {
    const names = new Map<string, FileId>();
    for (const [name, content] of folder) {
      names.set(name, this.files.length);
      this.files.push({ seen: content, durable: content, pending: new Pending() });
    }
    this.names = names;
    this.durableNames = names;
  }

  file(id: FileId): FileState {
    const file = this.files[id];
    if (file === undefined) throw new Error(`no file ${id}`);
    return file;
  }

  get seenFolder(): Folder {
    return new Map([...this.names].map(([name, id]) => [name, this.file(id).seen]));
  }

  apply(event: DiskEvent): void {
    switch (event.kind) {
      case 'created':
        this.files.push({ seen: Buffer.alloc(0), durable: Buffer.alloc(0), pending: new Pending() });
        this.#changeNames([[event.name, event.file]]);
        return;
      case 'written':
        changeContent(this.file(event.file), { kind: 'write', position: event.position, bytes: event.bytes });
        return;
      case 'undone': {
        const file = this.file(event.file);
        const newest = file.pending.takeNewest();
        if (newest?.kind !== 'write') throw new Error('only a write is undone');
        file.seen = file.seen.subarray(0, newest.position);
        return;
      }
      case 'truncated':
        changeContent(this.file(event.file), { kind: 'truncate', size: event.size });
        return;
      case 'flushed': {
        const file = this.file(event.file);
        file.durable = file.pending.takeBefore(event.covers).reduce(changed, file.durable);
        return;
      }
      case 'flushFailed': {
        const file = this.file(event.file);
        file.durable = changed(file.durable, { kind: 'truncate', size: file.seen.length });
        file.pending.takeBefore(file.pending.end);
        return;
      }
      case 'linked': {
        const file = this.names.get(event.file);
        if (file === undefined) throw new Error(`no file ${event.file}`);
        this.#changeNames([[event.name, file]]);
        return;
      }
      case 'renamed': {
        const file = this.names.get(event.from);
        if (file === undefined) throw new Error(`no file ${event.from}`);
        this.#changeNames([
          [event.from, undefined],
          [event.to, file],
        ]);
        return;
      }
      case 'removed':
        this.#changeNames([[event.name, undefined]]);
        return;
      case 'synced':
        this.durableNames = this.pendingNames.takeBefore(event.covers).reduce(renamed, this.durableNames);
        return;
      case 'flushBegun':
      case 'syncBegun':
    }
  }

  #changeNames(change: NamesChange): void {
    this.names = renamed(this.names, change);
    this.pendingNames.add(change);
  }
}

function changeContent(file: FileState, change: ContentChange): void {
  file.seen = changed(file.seen, change);
  file.pending.add(change);
}

/** The content after this change, in a new buffer; what was never written reads as zeros. */
export function changed(content: Buffer, change: ContentChange): Buffer {
  const end = change.kind === 'write' ? change.position + change.bytes.length : change.size;
  const size = change.kind === 'write' ? Math.max(content.length, end) : end;
  const result = Buffer.alloc(size);
  content.copy(result);
  if (change.kind === 'write') change.bytes.copy(result, change.position);
  return result;
}

export function renamed(names: Names, change: NamesChange): Names {
  const result = new Map(names);
  for (const [name, file] of change) {
    if (file === undefined) result.delete(name);
    else result.set(name, file);
  }
  return result;
}
