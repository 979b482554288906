/**
 * What clients asked for and were told, and what must be true of it: acknowledged entries are at the offsets that the
 * clients were told, no entry is in the log twice, none was rejected, and the order is that of real time.
 */

import type { WriteConcern } from '../../api/entries.ts';
import { claim } from '../world/claim.ts';
import { checkAcknowledged } from './fence-checker.ts';
import type { LogChecker } from './log-checker.ts';
import { entryOf, messageOf } from '../world/shadowed-log.ts';
import type { SimEntry } from '../world/shadowed-log.ts';

/** One message that a client wants in the log, however often it sends it. */
export interface Wish {
  readonly message: string;
  readonly key: string | undefined;
  readonly begunAt: number;
  /** It is only for this epoch. */
  readonly ifEpoch: number | undefined;
  /** The latest epoch that was known to have committed something when it was asked for. */
  readonly laterThan: number;
  /** When it was first acknowledged in a way that no failure may undo. */
  acknowledgedAt: number | undefined;
  offset: number | undefined;
  epoch: number | undefined;
  /** Whether losing it would break a promise. */
  isLasting: boolean;
  /** Whether some attempt may have stored it. */
  mayBeThere: boolean;
  attempts: number;
}

export interface Heard {
  readonly w: WriteConcern;
  readonly offset: number;
  readonly epoch: number;
  readonly acks: number;
}

export class HistoryChecker {
  readonly #logs: LogChecker;
  readonly #nodeCount: number;
  readonly #wishes: Wish[] = [];
  /** Wishes that are stored together or not at all. */
  readonly #groups: (readonly Wish[])[] = [];
  /** The longest log that a finished linearizable read saw, or that a lasting acknowledgement vouches for. */
  #knownEnd = 0;
  #knownEpoch = 0;

  constructor(logs: LogChecker, nodeCount: number) {
    this.#logs = logs;
    this.#nodeCount = nodeCount;
  }

  /** One past the entries that any read at `linearizable` that begins now must see. */
  get knownEnd(): number {
    return this.#knownEnd;
  }

  /** The latest epoch in which something is known to be committed. */
  get knownEpoch(): number {
    return this.#knownEpoch;
  }

  wish(wish: Pick<Wish, 'message' | 'key' | 'begunAt' | 'ifEpoch'>): Wish {
    const made: Wish = {
      ...wish,
      laterThan: this.#knownEpoch,
      acknowledgedAt: undefined,
      offset: undefined,
      epoch: undefined,
      isLasting: false,
      mayBeThere: false,
      attempts: 0,
    };
    this.#wishes.push(made);
    return made;
  }

  /** These are always asked for together: they are stored as one batch, in this order, or not at all. */
  together(wishes: readonly Wish[]): void {
    this.#groups.push(wishes);
  }

  acknowledged(wish: Wish, heard: Heard, now: number): void {
    const { w, offset, acks } = heard;
    const { message } = wish;
    checkAcknowledged(wish, heard.epoch);
    const entry = entryOf(message, heard.epoch);
    const holders = this.#logs.holderCount(offset, entry);
    claim(holders >= acks, () => `w means w: ${message} at ${offset} was acknowledged by ${acks}, and ${holders} nodes held it durably`);
    claim(typeof w !== 'number' || acks >= w, () => `w means w: ${message} was acknowledged at w=${w} with ${acks}`);
    const isLasting = w === 'majority' || w === 'all' || w > this.#nodeCount / 2;
    if (w === 'majority') {
      const committed = this.#logs.committed[offset];
      claim(committed === entry, () => `${message} acknowledged at majority is committed at ${offset}, not ${committed}`);
    }
    // A leader that does not know yet that it was deposed may take a retry for a new append, and acknowledge it at w=1.
    if (wish.isLasting && isLasting)
      claim(wish.offset === offset, () => `a retry of ${message} is answered with ${wish.offset}, not ${offset}`);
    if (isLasting) wish.acknowledgedAt ??= now;
    if (isLasting || !wish.isLasting) wish.offset = offset;
    wish.epoch = heard.epoch;
    wish.mayBeThere = true;
    wish.isLasting ||= isLasting;
    if (w !== 'majority') return;
    this.#knownEnd = Math.max(this.#knownEnd, offset + 1);
    this.#knownEpoch = Math.max(this.#knownEpoch, heard.epoch);
  }

  /** @param known - `knownEnd` when the read began */
  linearizableRead(entries: readonly SimEntry[], known: number): void {
    claim(entries.length >= known, () => `a linearizable read sees what was acknowledged before: ${entries.length} of ${known}`);
    this.committedRead(entries);
    this.#knownEnd = Math.max(this.#knownEnd, entries.length);
  }

  /** Everything that the read saw had been committed on some node, and that never changes. */
  committedRead(entries: readonly SimEntry[]): void {
    const { committed } = this.#logs;
    const differs = entries.findIndex((entry, at) => committed[at] !== entry);
    claim(differs === -1, () => `a committed read sees what is committed: at ${differs} ${entries[differs]}, not ${committed[differs]}`);
  }

  /** @param entries - what all nodes hold in the end */
  checkAgainst(entries: readonly SimEntry[]): void {
    const log = entries.map(messageOf);
    const places = new Map<string, number>();
    for (const [at, message] of log.entries()) {
      claim(!places.has(message), () => `${message} is in the log once, and not at ${places.get(message)} and ${at}`);
      places.set(message, at);
    }
    for (const wish of this.#wishes) {
      const at = places.get(wish.message);
      claim(at === undefined || wish.mayBeThere, () => `${wish.message} was rejected, and is in the log at ${at}`);
      if (wish.isLasting) claim(at === wish.offset, () => `${wish.message} was acknowledged at ${wish.offset}, and is at ${at}`);
    }
    const messageOfKey = new Map<string, string>();
    for (const { key, message } of this.#wishes) {
      if (key === undefined || !places.has(message)) continue;
      const other = messageOfKey.get(key);
      claim(other === undefined, () => `a key stands for one message: ${key} is in the log with ${other} and ${message}`);
      messageOfKey.set(key, message);
    }
    for (const group of this.#groups) {
      const found = group.map(({ message }) => places.get(message));
      const [first] = found;
      const isWhole = found.every((at, index) => (first === undefined ? at === undefined : at === first + index));
      claim(isWhole, () => `an append is in the log as a whole or not at all: ${group[0]?.message} and the next are at ${found.join()}`);
    }
    this.#checkRealTime(log);
  }

  /** An entry that was acknowledged before another one was asked for comes before it in the log. */
  #checkRealTime(log: readonly string[]): void {
    const wishes = new Map(this.#wishes.map((wish) => [wish.message, wish]));
    let earliestEnd = Number.POSITIVE_INFINITY;
    let whose = '';
    for (const message of log.toReversed()) {
      const wish = wishes.get(message);
      claim(wish !== undefined, () => `${message} is in the log, and no client asked for it`);
      claim(wish.begunAt <= earliestEnd, () => `${message} was asked for after ${whose} was acknowledged, and comes before it`);
      if (wish.acknowledgedAt === undefined || wish.acknowledgedAt >= earliestEnd) continue;
      earliestEnd = wish.acknowledgedAt;
      whose = message;
    }
  }
}
