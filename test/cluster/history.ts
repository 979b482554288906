/**
 * What the clients did and saw, by the clock of this process. It judges nothing; judge.ts does.
 *
 * Times are milliseconds of `performance.now()`. Messages of an append are unique in a run.
 */

import { performance } from 'node:perf_hooks';
import type { ReadLevel, WriteConcern } from '../../src/api/entries.ts';

/** One append request; a retry with the same key is another attempt with the same messages. */
export interface Attempt {
  readonly client: string;
  readonly messages: readonly string[];
  readonly key: string | undefined;
  readonly w: WriteConcern;
  readonly node: string;
  readonly began: number;
  readonly ended: number;
  readonly outcome: 'acknowledged' | 'rejected' | 'unknown';
  /** The problem's code, or `created`, or `no-answer`. */
  readonly code: string;
  /** Of the first message; known if it was acknowledged. */
  readonly offset: number | undefined;
  readonly acks: number | undefined;
}

export interface SeenEntry {
  readonly offset: number;
  readonly epoch: number;
  readonly message: string;
}

/** One complete answer to a reader. */
export interface Reading {
  readonly reader: string;
  readonly node: string;
  /** Which start of the node answered; `undefined` if it was restarted meanwhile. */
  readonly start: number | undefined;
  readonly level: ReadLevel;
  readonly from: number;
  readonly limit: number;
  readonly began: number;
  readonly ended: number;
  readonly entries: readonly SeenEntry[];
}

/** A node lost its storage. */
export interface Emptied {
  readonly node: string;
  readonly isMaster: boolean;
  /** When the process had ended. */
  readonly at: number;
  /** One past the last entry that another node held durably at that time: entries before it must survive. */
  readonly othersEnd: number;
}

/** A fault of a node, or a promotion. */
export interface Strike {
  readonly kind: string;
  readonly node: string;
  readonly at: number;
  readonly isLeader: boolean;
  /** Whether no other node had a fault at that time. */
  readonly isAlone: boolean;
}

export interface Interval {
  readonly start: number;
  readonly end: number;
}

export interface History {
  /** Whether the nodes elect their leader: at `w=1` a message that only the leader has can then be lost. */
  readonly isElected: boolean;
  readonly attempts: readonly Attempt[];
  readonly readings: readonly Reading[];
  readonly emptied: readonly Emptied[];
  readonly strikes: readonly Strike[];
  /** When, according to the faults, a majority was up, and the master if there is one. */
  readonly serviceable: readonly Interval[];
}

/** Whether `w` is large enough that no minority can lose the message. */
export function isLasting(w: WriteConcern, nodeCount: number): boolean {
  return w === 'majority' || w === 'all' || w > nodeCount / 2;
}

export class Recorder {
  readonly #nodeCount: number;
  readonly #isElected: boolean;
  readonly #attempts: Attempt[] = [];
  readonly #readings: Reading[] = [];
  readonly #emptied: Emptied[] = [];
  readonly #strikes: Strike[] = [];
  readonly #serviceable: Interval[] = [];
  /** Keeps one string per message, however often it is read. */
  readonly #messages = new Map<string, string>();
  #serviceableSince: number | undefined;
  #lastingEnd = 0;
  failedReadings = 0;

  constructor(parts: { readonly nodeCount: number; readonly isElected: boolean }) {
    this.#nodeCount = parts.nodeCount;
    this.#isElected = parts.isElected;
  }

  get now(): number {
    return performance.now();
  }

  /** One past the last entry that was acknowledged by a majority; readers read near it. */
  get lastingEnd(): number {
    return this.#lastingEnd;
  }

  attempt(attempt: Attempt): void {
    this.#attempts.push(attempt);
    if (attempt.offset === undefined || !isLasting(attempt.w, this.#nodeCount)) return;
    this.#lastingEnd = Math.max(this.#lastingEnd, attempt.offset + attempt.messages.length);
  }

  reading(reading: Reading): void {
    const entries = reading.entries.map(({ offset, epoch, message }) => ({ offset, epoch, message: this.#once(message) }));
    this.#readings.push({ ...reading, entries });
  }

  emptied(emptied: Emptied): void {
    this.#emptied.push(emptied);
  }

  struck(strike: Strike): void {
    this.#strikes.push(strike);
  }

  serviceable(isServiceable: boolean): void {
    if (isServiceable) this.#serviceableSince ??= this.now;
    else if (this.#serviceableSince !== undefined) {
      this.#serviceable.push({ start: this.#serviceableSince, end: this.now });
      this.#serviceableSince = undefined;
    }
  }

  get history(): History {
    return {
      isElected: this.#isElected,
      attempts: this.#attempts,
      readings: this.#readings,
      emptied: this.#emptied,
      strikes: this.#strikes,
      serviceable: this.#serviceable,
    };
  }

  #once(message: string): string {
    const known = this.#messages.get(message);
    if (known !== undefined) return known;
    this.#messages.set(message, message);
    return message;
  }
}
