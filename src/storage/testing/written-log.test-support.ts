/** A log as a leader could have written it, with every kind of batch, and what must be known of it wherever it begins. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { isOutOfWindow } from '../../core/log/idempotency-index.ts';
import { LogOutline } from '../../core/log/log-outline.ts';
import type { AppendKey, Batch, PlacedKey } from '../../core/model/batch.ts';
import type { BasePlan } from '../../core/model/checkpoint.ts';
import { keepsAll } from '../../core/model/control.ts';
import type { Base, Control } from '../../core/model/control.ts';
import { forwardLimits, isIdentity, keyOfIdentity } from '../../core/model/forward-identity.ts';
import type { PlacedList } from '../../core/model/log-part.ts';
import type { MemberList } from '../../core/model/members.ts';
import { batchNumber, epoch, logAge, nodeId, offset, storageId, timestampMs } from '../../core/model/numbers.ts';
import { logStart } from '../../core/model/place.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { asBuffer, encodeBatch } from '../../protocol/batch-codec.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import type { LogStore } from '../log-store.ts';

const minuteMs = 60_000;
export const limits = { keysMax: 100, windowMs: 60 * minuteMs };

/** One batch. */
export interface Step {
  readonly kind: 'entries' | 'keyed' | 'forwarded' | 'marker' | 'list' | 'retention';
  /** How many entries, for those that have any. */
  readonly entries: number;
  readonly textBytes: number;
  /** How much older the log has become, in minutes. */
  readonly minutes: number;
  /** Which key or forwarder, or how many minutes a key is remembered from now on. */
  readonly choice: number;
  /** How many entries before this batch are not known to be committed. */
  readonly lag: number;
}

export const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('entries', 'keyed', 'keyed', 'forwarded', 'forwarded', 'marker', 'list', 'retention'),
  entries: fc.integer({ min: 1, max: 3 }),
  textBytes: fc.constantFrom(1, 20, 200),
  minutes: fc.constantFrom(0, 0, 1, 5, 30),
  choice: fc.nat(6),
  lag: fc.nat(6),
});

export class WrittenLog {
  readonly batches: Batch[] = [];
  #epoch = 1;
  #minutes = 0;
  #forwarded = 0;

  static of(steps: readonly Step[]): WrittenLog {
    const log = new WrittenLog();
    log.write({ kind: 'marker', entries: 0, textBytes: 0, minutes: 0, choice: 0, lag: 0 });
    log.write({ kind: 'list', entries: 0, textBytes: 0, minutes: 0, choice: 1, lag: 0 });
    for (const each of steps) log.write(each);
    return log;
  }

  get end(): LogPoint {
    return this.pointAt(this.batches.length);
  }

  /** Where batch `number` begins. */
  pointAt(number: number): LogPoint {
    const before = this.batches[number - 1];
    return before === undefined ? logStart : endOf(before);
  }

  write({ kind, entries, textBytes, minutes, choice, lag }: Step): void {
    this.#minutes += minutes;
    if (kind === 'marker' && this.batches.length > 0) this.#epoch += 1;
    const committedEnd = Math.max(0, this.end.offset - lag);
    if (kind === 'retention') {
      const retention = { ...keepsAll, idempotencyWindowMs: (choice + 1) * 10 * minuteMs };
      return this.#push({ control: { kind, retention }, committedEnd });
    }
    if (kind === 'marker') return this.#push({ isMarker: true, committedEnd });
    if (kind === 'list') return this.#push({ memberList: listOf(choice), committedEnd });
    const messages = Array.from({ length: entries }, (_none, at) => JSON.stringify(`${this.end.number}.${at} `.padEnd(textBytes, '.')));
    this.#push({ messages, key: this.#keyOf(kind, { choice, entries }), committedEnd });
  }

  /** Decides a base at this batch: everything before it is trimmed, and all that was written until now is committed. */
  decideBase(number: number): BasePlan {
    const { offset: first } = this.pointAt(number);
    this.#push({ control: { kind: 'trim', firstOffset: first }, committedEnd: this.end.offset });
    const plan = this.planAt(number);
    this.#push({ control: { kind: 'base', base: plan.base }, committedEnd: this.end.offset });
    return plan;
  }

  /** What is decided at the end of this log about a base at this batch. */
  planAt(number: number): BasePlan {
    const outline = settled(this.outlineAt(this.batches.length));
    const { controls, keysFrom, lastAge } = outline;
    const before = this.batches[number - 1];
    assert.ok(before !== undefined && number < this.batches.length, 'a base is inside the log');
    const point = this.pointAt(number);
    const { retention } = controls;
    const from = offset(Math.max(controls.base?.keysFrom ?? 0, Math.min(keysFrom, point.offset)));
    return {
      base: { ...point, keysFrom: from, lastTimestamp: before.timestamp, lastAge: before.age, retention: retention ?? null },
      age: lastAge,
      epochs: outline.shape.starts.filter((start) => start.number < number),
      lists: this.#listsBefore(number).slice(-1),
    };
  }

  #listsBefore(number: number): PlacedList[] {
    return this.batches
      .slice(0, number)
      .flatMap((batch) => (batch.memberList === undefined ? [] : [{ number: batch.number, list: batch.memberList }]));
  }

  /** What a node knows that wrote the first `count` batches itself, one after the other, and flushed them. */
  outlineAt(count: number): LogOutline {
    const outline = new LogOutline(limits);
    for (const batch of this.batches.slice(0, count)) {
      outline.append(batch);
      outline.flushed(outline.end.number);
      outline.commit(batch.committedEnd);
    }
    return outline;
  }

  #keyOf(kind: Step['kind'], { choice, entries }: Pick<Step, 'choice' | 'entries'>): AppendKey | undefined {
    if (kind === 'forwarded') {
      this.#forwarded += 1;
      return keyOfIdentity({ forwarder: choice % 2, number: this.#forwarded }, entries);
    }
    if (kind !== 'keyed') return undefined;
    // The same key may come again: it is another append once it has left the window.
    const bytes = hash('sha256', `${choice} ${this.end.number % 3}`, 'buffer');
    return { fingerprint: bytes.subarray(0, 16), digest: bytes.subarray(16), entryCount: entries };
  }

  #push(parts: {
    readonly messages?: readonly string[];
    readonly key?: AppendKey | undefined;
    readonly isMarker?: boolean;
    readonly memberList?: MemberList;
    readonly control?: Control;
    readonly committedEnd: number;
  }): void {
    const { number, offset: baseOffset } = this.end;
    const { messages = [], key, isMarker = false, memberList, control, committedEnd } = parts;
    const packed = packMessages(messages.map((text) => Buffer.from(text)));
    const draft = {
      epoch: epoch(this.#epoch),
      number,
      baseOffset,
      entryCount: messages.length,
      timestamp: timestampMs(1000 + this.#minutes * minuteMs + Math.floor(number / 3)),
      age: logAge(this.#minutes),
      committedEnd: offset(committedEnd),
      isMarker,
      memberList,
      control,
      keys: key === undefined ? [] : [{ ...key, offset: baseOffset }],
      requestIds: [],
    };
    this.batches.push(encodeBatch(draft, messages.length === 0 ? [] : [{ messages: packed, key }]));
  }
}

export function step(kind: Step['kind'], parts: Partial<Step> = {}): Step {
  return { kind, entries: 2, textBytes: 60, minutes: 1, choice: 2, lag: 2, ...parts };
}

/** A little of everything, in about five segments. */
export function somethingOfAll(): WrittenLog {
  const log = new WrittenLog();
  const round: Step['kind'][] = ['keyed', 'entries', 'forwarded', 'entries', 'keyed'];
  log.write(step('marker'));
  log.write(step('list'));
  for (const choice of [0, 1, 2]) {
    for (const kind of round) log.write(step(kind, { choice }));
    log.write(step(choice === 1 ? 'retention' : 'marker', { choice: 4 }));
  }
  return log;
}

function endOf(batch: Batch): LogPoint {
  return { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
}

function listOf(choice: number): MemberList {
  const members = Array.from({ length: choice + 1 }, (_none, at) => ({
    id: nodeId(`n${at}`),
    storageId: at === choice ? null : storageId(`s${at}`),
    url: `http://n${at}:1`,
    since: batchNumber(0),
  }));
  return { members, removed: choice > 3 ? [nodeId('gone')] : [], founder: nodeId('n0') };
}

/** Everything in this log is committed. */
function settled(outline: LogOutline): LogOutline {
  outline.commit(outline.end.offset);
  outline.commitBatches(outline.end.number);
  return outline;
}

/**
 * A start that found a log knows of it what a node knows that wrote all of it itself, wherever the storage begins.
 * @param bases - those that a checkpoint may be of
 */
export function assertKnows(found: LogOutline, log: WrittenLog, bases: readonly Base[]): void {
  const batches = log.batches.slice(0, found.end.number);
  const expected = log.outlineAt(batches.length);
  const base = bases.find(({ number }) => number === found.base.number);
  assert.ok(found.base.number === 0 || base !== undefined, 'the base is one that was decided');
  // What a checkpoint stands for is committed.
  expected.commit(found.base.offset);
  expected.commitBatches(found.base.number);
  assert.deepEqual(factsOf(found), factsOf(expected));
  const { firstOffset, retention, base: furthest } = settled(found).controls;
  assert.deepEqual({ firstOffset, retention, furthest }, decidedIn(settled(expected), { batches, base }));
  assert.deepEqual(keysIn(found, batches, base), keysIn(expected, batches, base));
}

/** A checkpoint also tells of decisions that come later in the log than it ends here. */
function decidedIn(
  { controls }: LogOutline,
  { batches, base }: { readonly batches: readonly Batch[]; readonly base: Base | undefined },
): unknown {
  const { firstOffset, retention, base: furthest } = controls;
  if (base === undefined) return { firstOffset, retention, furthest };
  const isBehind = batches.slice(base.number).some(({ control }) => control?.kind === 'retention');
  return {
    firstOffset: Math.max(firstOffset, base.offset),
    retention: isBehind ? retention : (base.retention ?? undefined),
    furthest: furthest !== undefined && furthest.number >= base.number ? furthest : base,
  };
}

function factsOf({ shape, end, durable, list, listNumber, lastTimestamp, lastAge, tip, committedEnd }: LogOutline): unknown {
  return { shape, end, durable, list, listNumber, lastTimestamp, lastAge, tip, committedEnd };
}

/**
 * What a retry of each append would find. An identity that is never sent again may be known or not, and so may a key that was
 * out of the window once, if the window has been longer than that.
 */
function keysIn(outline: LogOutline, batches: readonly Batch[], base: Base | undefined): unknown[] {
  const retentions = batches.flatMap(({ control }) => (control?.kind === 'retention' ? [control.retention] : []));
  const windows = [...retentions, base?.retention].flatMap((retention) => retention?.idempotencyWindowMs ?? []);
  const [shortest, longest] = [Math.min(limits.windowMs, ...windows), Math.max(limits.windowMs, ...windows)];
  const isSure = (key: PlacedKey, age: number): boolean => {
    const isOut = (windowMs: number): boolean => isOutOfWindow(age, outline.lastAge, { windowMs });
    return isIdentity(key) ? !isOut(forwardLimits.windowMs) : isOut(shortest) === isOut(longest);
  };
  const placed = batches.flatMap(({ keys, age, number }) => keys.map((key) => ({ key, age, number, print: printOf(key) })));
  const unsure = new Set(placed.filter(({ key, age }) => !isSure(key, age)).map(({ print }) => print));
  return placed.filter(({ print }) => !unsure.has(print)).map(({ key, number }) => ({ number, known: outline.findKey(key) }));
}

function printOf({ fingerprint }: AppendKey): string {
  return Buffer.from(fingerprint).toString('hex');
}

/** Writes batches `[from, end)` of a log, and flushes them. */
export async function store(target: LogStore, batches: readonly Batch[]): Promise<void> {
  for (const batch of batches) await target.append([batch]);
  await target.flush();
}

/** The whole checkpoint at the base of this storage, read in small parts. */
export async function checkpointOf(from: LogStore): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let position = 0; position < from.checkpointBytes; ) {
    const part = await from.readCheckpoint(from.base.number, position, 1000);
    assert.ok(part !== undefined && part.length > 0, 'a storage has the checkpoint of its base');
    parts.push(part);
    position += part.length;
  }
  return Buffer.concat(parts);
}

/** Everything that can be read of this log is there, byte for byte, from the base on. @returns how many batches there are */
export async function assertHolds(from: LogStore, log: WrittenLog): Promise<number> {
  let next = from.base.number;
  for (;;) {
    const batches = await from.readFrom(next, 1000);
    if (batches.length === 0) return next;
    for (const batch of batches) {
      const written = log.batches[next];
      assert.ok(written !== undefined && asBuffer(batch.bytes).equals(asBuffer(written.bytes)), `batch ${next} is what was written`);
      next = batchNumber(next + 1);
    }
  }
}
