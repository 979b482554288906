/**
 * What the node needs from the world, as few verbs. `io/` implements them on Node, `sim/` in a simulated world. Each says what
 * a failure or a crash leaves behind.
 */

import type { InstantMs, NodeId, TimestampMs } from '../core/model/numbers.ts';
import type { Shortage } from '../core/model/shortage.ts';
import type { ProblemCode, ProblemFacts } from '../api/problems.ts';

export interface Clock {
  /** Monotonic, for every decision. */
  now(): InstantMs;
  /** The wall clock: recorded in batches and reported, never used for decisions. */
  wallClock(): TimestampMs;
  /** Calls back once. The returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back at the end of the present turn, so that everything that arrives in it is decided on together. */
  soon(callback: () => void): void;
}

/** An open file. After a crash it has what a resolved `flush` covered, and any part of what was written since. */
export interface DiskFile {
  /** In bytes. */
  readonly size: number;
  /** Writes at the end. Resolves when the operating system has taken the bytes, so there was room. @throws NoRoom */
  append(bytes: readonly Uint8Array[]): Promise<void>;
  /** Writes over existing bytes, for which most file systems need no room. @throws NoRoom, and any part may be written */
  overwrite(position: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written before is durable. After a failure it is unknown what is on the disk. */
  flush(): Promise<void>;
  /** Returns fewer bytes only if the file ends before. */
  read(position: number, length: number): Promise<Buffer>;
  /** Fills memory of the caller in the same way. @returns how many bytes were read */
  readInto(target: Buffer, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The only folder in a node's folder: what was cut from the log is kept there. */
export const cutFolder = 'cut';

/** One folder. Names may be one level deeper: `cut/…`. */
export interface Disk {
  /** All names in this folder, or in a folder below it, ours or not, sorted; none if the folder does not exist. */
  list(below?: string): Promise<string[]>;
  /** Creates the file if it does not exist; that is durable after `syncFolder`. @throws NoRoom, and then nothing was created */
  open(name: string): Promise<DiskFile>;
  /** The whole file, or a part of it; `undefined` if the file does not exist. */
  readFile(name: string, part?: { readonly position: number; readonly length: number }): Promise<Buffer | undefined>;
  /** Durable after `syncFolder`. */
  remove(name: string): Promise<void>;
  /**
   * Gives the same file another name (a hard link), which takes no room for its content; durable after `syncFolder`.
   * @returns whether the file system supports this. @throws NoRoom
   */
  link(file: string, name: string): Promise<boolean>;
  /** Atomic; durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** After the first call it needs nothing that could run short. */
  syncFolder(): Promise<void>;
  /** How many bytes can still be written. */
  freeBytes(): Promise<number>;
}

/** There was too little of something. What was begun has been undone, so the storage is still reliable: try again later. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
  readonly lacks: Shortage;

  constructor(message: string, options: ErrorOptions & { readonly lacks?: Shortage } = {}) {
    super(message, options);
    this.lacks = options.lacks ?? 'disk space';
  }
}

/** One ordered stream of bytes between two nodes. */
export interface PeerStream {
  /** Sends the pieces in this order. Those of one turn go out together. */
  send(pieces: readonly Uint8Array[]): void;
  /** Closes the stream once everything sent before is out. */
  close(): void;
  /** To be called exactly once, before anything can arrive. */
  handle(handlers: { readonly received: (chunk: Buffer) => void; readonly lost: () => void }): void;
}

/** The other side answered with a refusal. */
export class DialRefused extends Error {
  override readonly name = 'DialRefused';
  readonly code: ProblemCode | undefined;
  readonly facts: ProblemFacts;

  constructor(detail: string, refusal: { readonly code: ProblemCode | undefined; readonly facts: ProblemFacts }) {
    super(detail);
    this.code = refusal.code;
    this.facts = refusal.facts;
  }
}

export interface Network {
  /** @param clusterId - the caller's cluster; `null` if it has none. @throws DialRefused, or an error that says what failed */
  dial(url: string, clusterId: string | null): Promise<PeerStream>;
  /**
   * Tells a master or member the address of this node.
   * @returns whether the node was reached at that address
   * @throws LogError or an error that says what failed
   */
  register(masterUrl: string, self: { readonly id: NodeId; readonly url: string }): Promise<'reached' | 'unreached'>;
}

/** Decides whether this node should try to lead. Safety never depends on it, only progress does. */
export interface Coordinator {
  start(offered: () => void): void;
  stop(): void;
}
