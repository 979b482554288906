/**
 * What we need from the world, as few verbs. `io/` implements them on Node, `sim/` in a simulated world. Each says
 * what a failure or a crash leaves behind.
 */

import type { InstantMs, NodeId, TimestampMs } from '../core/model/numbers.ts';
import type { Shortage } from '../core/model/shortage.ts';
import type { ProblemCode, ProblemFacts } from '../api/problems.ts';

export interface Clock {
  /** Monotonic, for every decision. */
  now(): InstantMs;
  /** Wall clock, only to be written into entries. */
  wallClock(): TimestampMs;
  /** Calls once. The returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls when what is happening now is through: what arrives in the same turn is decided upon together. */
  soon(callback: () => void): void;
}

/** An open file. A crash keeps what a resolved `flush` covered, and any part of what was written since. */
export interface DiskFile {
  /** In bytes. */
  readonly size: number;
  /** At the end. Resolves when the operating system has the bytes: then there was room. @throws NoRoom */
  append(bytes: readonly Uint8Array[]): Promise<void>;
  /** Over bytes that are there already: most file systems need no room for that. @throws NoRoom, and any part may be written */
  overwrite(position: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written before is durable. After a failure nobody knows what is on the disk. */
  flush(): Promise<void>;
  /** Fewer bytes only if the file ends before. */
  read(position: number, length: number): Promise<Buffer>;
  /** The same into memory that the caller has, as far as that reaches. @returns how many bytes were read */
  readInto(target: Buffer, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The one folder below a node's own: what was cut off the log is kept there. */
export const cutFolder = 'cut';

/** One folder. Names may have one level below it: `cut/…`. */
export interface Disk {
  /** All names in this folder, ours or not, or in one below it, sorted; none if there is no such folder. */
  list(below?: string): Promise<string[]>;
  /** Creates the file if it is not there, which is durable after `syncFolder`. @throws NoRoom, and then nothing was created */
  open(name: string): Promise<DiskFile>;
  /** The whole file, or what lies in it from a position on; `undefined` if there is none. */
  readFile(name: string, part?: { readonly position: number; readonly length: number }): Promise<Buffer | undefined>;
  /** Durable after `syncFolder`. */
  remove(name: string): Promise<void>;
  /**
   * Another name for the same file, without room for a file; durable after `syncFolder`.
   * @returns whether the file system has such names. @throws NoRoom
   */
  link(file: string, name: string): Promise<boolean>;
  /** Atomic; durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Needs nothing that could have run short since the first time. */
  syncFolder(): Promise<void>;
  /** Bytes that could still be written. */
  freeBytes(): Promise<number>;
}

/** There was too little of something. What was begun is undone, so nothing is unreliable: it can be tried again later. */
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
  /** Pieces go out in this order; those of one turn together. */
  send(pieces: readonly Uint8Array[]): void;
  /** After what was sent before is out. */
  close(): void;
  /** Exactly one call, before anything can arrive. */
  handle(handlers: { readonly received: (chunk: Buffer) => void; readonly lost: () => void }): void;
}

/** The other side answered, with a refusal. */
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
  /** @param clusterId - of the caller; `null` if it has none. @throws DialRefused, or an error that says what failed */
  dial(url: string, clusterId: string | null): Promise<PeerStream>;
  /**
   * Tells the master where this node is.
   * @returns whether it was found there
   * @throws LogError or an error that says what failed
   */
  register(masterUrl: string, self: { readonly id: NodeId; readonly url: string }): Promise<'reached' | 'unreached'>;
}

/** Who may try to lead. Safety never depends on the answer; only progress does. */
export interface Coordinator {
  start(offered: () => void): void;
  stop(): void;
}
