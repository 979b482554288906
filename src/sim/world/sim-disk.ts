/**
 * A simulated disk: in a crash it loses what was not flushed, or keeps any part of it; it can be full, and it can hang.
 *
 * Content is durable after the file's flush, names after `syncFolder`. A crash keeps, of each file, what was flushed,
 * and of what was written since some prefix, of which the last piece may be garbage; names that were not synced are
 * each kept or not.
 *
 * A flush that fails behaves as on Linux: the bytes that it did not write to the disk can still be read, the next flush
 * succeeds, and only a crash shows that they were never on the disk, unless they were written again meanwhile.
 */

import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import type { Random } from './random.ts';
import { flipped, spoiled, torn } from './sim-damage.ts';
import type { Inode } from './sim-damage.ts';
import type { World } from './world.ts';

const flushMs = 0.5;
/** Now and then a flush takes much longer, so that events occur in an unusual order. */
const stallMs = 150;
const stallShare = 0.05;

/** How often an operation that waits for a hanging disk checks whether it still hangs. */
const stallLookMs = 50;

/** The error of a flush that failed. */
export class FlushFailed extends Error {
  override readonly name = 'FlushFailed';
}

const isSegment = (name: string): boolean => /^\d{20}\.log$/.test(name);
const isIndex = (name: string): boolean => /^\d{20}\.index$/.test(name);

/** The disk itself, which outlives the starts of its node. */
export class SimDisk {
  readonly #world: World;
  readonly #random: Random;
  /** As the running system sees the folder, and as a crash would leave it. */
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  capacityBytes = Number.POSITIVE_INFINITY;
  /** No file can be created, or none can be opened. */
  lacks: 'files' | 'descriptors' | undefined;
  /** The next flush of a file fails. */
  failsNextFlush = false;
  /** Until then no write or flush is answered. */
  #stalledUntil = 0;
  /** Counts mounts: what an earlier process began no longer happens. */
  #mount = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** For a node that starts now. */
  mount(): Disk {
    this.#mount += 1;
    return new MountedDisk(this, this.#mount);
  }

  /** Power loss, or kill -9 with the machine: what was not flushed may be gone. */
  crash(): void {
    this.#mount += 1;
    const names = new Map(this.#durableNames);
    for (const [name, inode] of this.#names) if (!names.has(name) && this.#random.chance(0.5)) names.set(name, inode);
    for (const name of this.#durableNames.keys()) if (!this.#names.has(name) && this.#random.chance(0.5)) names.delete(name);
    for (const [name, inode] of this.#names) {
      const before = this.#durableNames.get(name);
      if (before !== undefined && before !== inode && this.#random.chance(0.5)) names.set(name, inode);
    }
    for (const inode of new Set(names.values())) {
      inode.content = torn(inode, this.#random);
      inode.durable = Buffer.from(inode.content);
      inode.phantoms = [];
    }
    this.#names = names;
    this.#durableNames = new Map(names);
  }

  /** kill -9 of the process alone: the operating system keeps what was written. */
  killProcess(): void {
    this.#mount += 1;
  }

  /** Writes and flushes hang, including those in progress. */
  stall(ms: number): void {
    this.#stalledUntil = this.#world.now + ms;
  }

  /** Flips a bit of flushed data in the oldest of several segments. @returns its name, or `undefined` if there is none */
  flipBit(): string | undefined {
    const [oldest, ...others] = [...this.#names.keys()].filter(isSegment).toSorted();
    const inode = oldest === undefined ? undefined : this.#names.get(oldest);
    if (oldest === undefined || inode === undefined || others.length === 0) return undefined;
    const flip = { position: this.#random.between(0, inode.content.length - 1), mask: 1 << this.#random.between(0, 7) };
    inode.flips.push(flip);
    inode.content = flipped(inode.content, [flip]);
    inode.durable = flipped(inode.durable, [flip]);
    return oldest;
  }

  get isStalled(): boolean {
    return this.#world.now < this.#stalledUntil;
  }

  /** Whether a bit of the log differs from what was written. */
  get isDamaged(): boolean {
    return [...this.#names].some(([name, inode]) => isSegment(name) && inode.flips.length > 0);
  }

  /** The segments in order, as they were written, without the flipped bits. */
  get pristineSegments(): readonly Buffer[] {
    const segments = [...this.#names].filter(([name]) => isSegment(name)).toSorted(([a], [b]) => a.localeCompare(b));
    return segments.map(([, inode]) => flipped(inode.content, inode.flips));
  }

  /** Corrupts an index, or loses it. @returns its name, or `undefined` if there is none */
  spoilIndex(): string | undefined {
    const names = [...this.#names.keys()].filter(isIndex).toSorted();
    if (names.length === 0) return undefined;
    const name = this.#random.pick(names);
    const content = this.#names.get(name)?.content ?? Buffer.alloc(0);
    const place = this.#random.between(0, content.length);
    const other = (): Buffer | undefined => this.#names.get(this.#random.pick(names))?.content;
    const bad = spoiled(content, { place, random: this.#random, other });
    this.#names.delete(name);
    if (bad !== undefined) this.create(name).content = bad;
    const inode = this.#names.get(name);
    if (inode !== undefined) inode.durable = inode.content;
    return name;
  }

  /** From then on a start has to read all segments. */
  loseIndexes(): void {
    for (const name of [...this.#names.keys()].filter(isIndex)) this.#names.delete(name);
  }

  wipe(): void {
    this.#mount += 1;
    this.#names.clear();
    this.#durableNames.clear();
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  get usedBytes(): number {
    let used = 0;
    for (const inode of new Set(this.#names.values())) used += inode.content.length;
    return used;
  }

  isMounted(mount: number): boolean {
    return mount === this.#mount;
  }

  /** Takes some time, and never returns to a process that has ended. */
  async take(mount: number, ms: number): Promise<void> {
    await this.#world.wait(ms * (0.5 + this.#random.next()));
    if (!this.isMounted(mount)) await new Promise<never>(() => undefined);
  }

  takeToFlush(mount: number): Promise<void> {
    return this.takeToWrite(mount, this.#random.chance(stallShare) ? stallMs : flushMs);
  }

  async takeToWrite(mount: number, ms: number): Promise<void> {
    await this.take(mount, ms);
    while (this.#world.now < this.#stalledUntil) await this.#world.wait(stallLookMs);
    if (!this.isMounted(mount)) await new Promise<never>(() => undefined);
  }

  /** @throws NoRoom */
  needDescriptor(): void {
    if (this.lacks === 'descriptors') throw new NoRoom('no descriptor is free', { lacks: 'file descriptors' });
  }

  inode(name: string): Inode | undefined {
    return this.#names.get(name);
  }

  create(name: string): Inode {
    const inode: Inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), phantoms: [], flips: [] };
    this.#names.set(name, inode);
    return inode;
  }

  names(below: string | undefined): string[] {
    const prefix = below === undefined ? '' : `${below}/`;
    return [...this.#names.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((name) => !name.includes('/'))
      .toSorted();
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  link(file: string, name: string): void {
    const inode = this.#names.get(file);
    if (inode === undefined) throw new Error(`no file ${file}`);
    this.#names.set(name, inode);
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) throw new Error(`no file ${from}`);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  syncNames(): void {
    this.#durableNames = new Map(this.#names);
  }
}

class MountedDisk implements Disk {
  readonly #disk: SimDisk;
  readonly #mount: number;

  constructor(disk: SimDisk, mount: number) {
    this.#disk = disk;
    this.#mount = mount;
  }

  async list(below?: string): Promise<string[]> {
    await this.#disk.take(this.#mount, 0.02);
    return this.#disk.names(below);
  }

  async open(name: string): Promise<DiskFile> {
    await this.#disk.take(this.#mount, 0.02);
    this.#disk.needDescriptor();
    const inode = this.#disk.inode(name);
    if (inode === undefined && this.#disk.lacks === 'files') throw new NoRoom('the simulated disk has no more files');
    return new MountedFile(this.#disk, this.#mount, inode ?? this.#disk.create(name));
  }

  async readFile(name: string, part?: { readonly position: number; readonly length: number }): Promise<Buffer | undefined> {
    await this.#disk.take(this.#mount, 0.02);
    this.#disk.needDescriptor();
    const content = this.#disk.inode(name)?.content;
    if (content === undefined) return undefined;
    return Buffer.from(part === undefined ? content : content.subarray(part.position, part.position + part.length));
  }

  async remove(name: string): Promise<void> {
    await this.#disk.take(this.#mount, 0.02);
    this.#disk.remove(name);
  }

  async link(file: string, name: string): Promise<boolean> {
    await this.#disk.take(this.#mount, 0.02);
    this.#disk.link(file, name);
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#disk.take(this.#mount, 0.02);
    this.#disk.rename(from, to);
  }

  async syncFolder(): Promise<void> {
    await this.#disk.take(this.#mount, 0.2);
    this.#disk.syncNames();
  }

  async freeBytes(): Promise<number> {
    await this.#disk.take(this.#mount, 0.02);
    return Math.max(0, this.#disk.capacityBytes - this.#disk.usedBytes);
  }
}

class MountedFile implements DiskFile {
  readonly #disk: SimDisk;
  readonly #mount: number;
  readonly #inode: Inode;
  /** The size at opening, plus changes made through this object: changes by others are not seen. */
  #size: number;

  constructor(disk: SimDisk, mount: number, inode: Inode) {
    this.#disk = disk;
    this.#mount = mount;
    this.#inode = inode;
    this.#size = inode.content.length;
  }

  get size(): number {
    return this.#size;
  }

  async append(pieces: readonly Uint8Array[]): Promise<void> {
    await this.#disk.takeToWrite(this.#mount, 0.05);
    const bytes = Buffer.concat(pieces);
    if (this.#disk.usedBytes + bytes.length > this.#disk.capacityBytes) throw new NoRoom('the simulated disk is full');
    this.#inode.content = Buffer.concat([this.#inode.content, bytes]);
    this.#size = this.#inode.content.length;
  }

  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    await this.#disk.takeToWrite(this.#mount, 0.05);
    this.#inode.content = Buffer.from(this.#inode.content);
    this.#inode.content.set(bytes, position);
    const end = position + bytes.length;
    this.#inode.flips = this.#inode.flips.filter((flip) => flip.position < position || flip.position >= end);
    this.#inode.phantoms = this.#inode.phantoms.flatMap((phantom) => [
      ...(phantom.start < position ? [{ start: phantom.start, end: Math.min(phantom.end, position) }] : []),
      ...(phantom.end > end ? [{ start: Math.max(phantom.start, end), end: phantom.end }] : []),
    ]);
  }

  async flush(): Promise<void> {
    const covered = this.#inode.content;
    await this.#disk.takeToFlush(this.#mount);
    const inode = this.#inode;
    if (this.#disk.failsNextFlush && covered.length > inode.durable.length) {
      this.#disk.failsNextFlush = false;
      inode.phantoms.push({ start: inode.durable.length, end: covered.length });
      throw new FlushFailed('the simulated disk failed to flush');
    }
    inode.durable = Buffer.from(covered);
    for (const { start, end } of inode.phantoms) inode.durable.fill(0, start, Math.min(end, inode.durable.length));
  }

  async read(position: number, length: number): Promise<Buffer> {
    await this.#disk.take(this.#mount, 0.05);
    return Buffer.from(this.#inode.content.subarray(position, Math.min(position + length, this.#size)));
  }

  async readInto(target: Buffer, position: number): Promise<number> {
    await this.#disk.take(this.#mount, 0.05);
    return this.#inode.content.subarray(position).copy(target);
  }

  async truncate(size: number): Promise<void> {
    await this.#disk.takeToWrite(this.#mount, 0.05);
    this.#inode.content = Buffer.from(this.#inode.content.subarray(0, size));
    this.#size = size;
    this.#inode.flips = this.#inode.flips.filter((flip) => flip.position < size);
  }

  async close(): Promise<void> {
    await this.#disk.take(this.#mount, 0.01);
  }
}
