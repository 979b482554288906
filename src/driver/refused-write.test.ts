/**
 * A disk hangs and then has no room, while the leader changes: what the core knows of its log and what the storage holds stay
 * the same.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch } from '../core/model/batch.ts';
import type { ReplicaEvent } from '../core/model/events.ts';
import { LogOutline } from '../core/log/log-outline.ts';
import { batchNumber, instantMs, timestampMs } from '../core/model/numbers.ts';
import { testIdempotency } from '../core/scripts/replica-options.test-support.ts';
import { LogWorker } from './log-worker.ts';
import type { StoreWork } from './log-worker.ts';
import { NoRoom } from '../ports/ports.ts';
import { marker } from '../storage/testing/log-script.test-support.ts';
import { MemoryLog } from '../storage/memory-log.ts';

/** A log whose writes hang until the test refuses them. */
class HangingLog extends MemoryLog {
  readonly #answers: ((refusal?: NoRoom) => void)[] = [];
  isHanging = false;

  override async append(batches: readonly Batch[]): Promise<void> {
    if (this.isHanging) {
      const refusal = await new Promise<NoRoom | undefined>((resolve) => this.#answers.push(resolve));
      if (refusal !== undefined) throw refusal;
    }
    return super.append(batches);
  }

  refuse(): void {
    this.isHanging = false;
    for (const answer of this.#answers.splice(0)) answer(new NoRoom('the disk is full'));
  }
}

class Node {
  readonly store = new HangingLog();
  readonly outline = new LogOutline(testIdempotency);
  readonly located: (number | undefined)[] = [];
  readonly #worker: LogWorker;
  #locates = 0;
  failure: unknown;
  #epoch = 1;

  constructor() {
    this.#worker = new LogWorker({
      store: this.store,
      clock: { now: () => instantMs(0), wallClock: () => timestampMs(0), after: () => () => undefined, soon: () => undefined },
      report: (event) => this.#reported(event),
      flushed: () => undefined,
      onCutBlocked: () => undefined,
      onSaveBlocked: () => undefined,
      fail: (error) => (this.failure ??= error),
      isStopped: () => this.failure !== undefined,
    });
  }

  append(count: number): void {
    const work: StoreWork[] = [];
    for (let i = 0; i < count; i += 1) {
      const batch = marker(this.#epoch)(this.outline.end);
      this.outline.append(batch);
      work.push({ kind: 'store', batch });
    }
    this.#worker.add(work);
  }

  /** Cuts the last batches, as the leader of another epoch would make it do. */
  cut(back: number): void {
    const number = batchNumber(Math.max(0, this.outline.end.number - back));
    if (number === this.outline.end.number) return;
    const point = { number, offset: this.outline.end.offset };
    this.#epoch += 1;
    this.#worker.add([{ kind: 'cut', cutId: this.outline.cut(point), point }]);
  }

  locate(): void {
    this.#locates += 1;
    this.#worker.add([{ kind: 'locate', locateId: this.#locates, number: batchNumber(0) }]);
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < 3 && this.failure === undefined; turn += 1) {
      await this.#worker.untilIdle();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** The epochs of the batches, one after the other. */
  get stored(): number[] {
    return this.store.readFrom(batchNumber(0), Number.POSITIVE_INFINITY).map((batch) => batch.epoch);
  }

  get known(): number[] {
    return Array.from({ length: this.outline.end.number }, (_, number) => this.outline.epochAt(batchNumber(number)));
  }

  #reported(event: ReplicaEvent): void {
    if (event.kind === 'flushed') this.outline.flushed(event.end);
    else if (event.kind === 'writeRefused') this.outline.rollBack(event.number);
    else if (event.kind === 'logCut') this.outline.cutDone({ id: event.cutId, ...event });
    else if (event.kind === 'located') this.located.push(event.offset);
  }
}

const anyDeed = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('cut' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('locate' as const), count: fc.constant(0) }),
);

test('a write that is refused before or after a cut of its log removes exactly what is not stored from the outline', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.array(anyDeed, { maxLength: 6 }), async (before, hanging, deeds) => {
      const node = new Node();
      if (before > 0) node.append(before);
      await node.settled();
      node.store.isHanging = true;
      node.append(hanging);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      for (const { kind, count } of deeds) node[kind](count);
      node.store.refuse();
      await node.settled();
      assert.equal(node.failure, undefined);
      assert.deepEqual([node.known, node.outline.openCut], [node.stored, undefined]);
      assert.equal(node.located.length, deeds.filter(({ kind }) => kind === 'locate').length);
      node.append(1);
      await node.settled();
      assert.deepEqual([node.known, node.outline.isDurable], [node.stored, true]);
    }),
    { numRuns: 300 },
  );
});
