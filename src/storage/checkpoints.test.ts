/** What a storage knows of a log does not depend on where it begins, and its checkpoint depends on the log alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BasePlan } from '../core/model/checkpoint.ts';
import { MemoryLog } from './memory-log.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { isFull } from './testing/crashes.test-support.ts';
import { stateOf } from './testing/log-script.test-support.ts';
import { recoveryOptions } from './testing/watched-log.test-support.ts';
import { WrittenLog, anyStep, assertKnows, assertHolds, checkpointOf, limits, store } from './testing/written-log.test-support.ts';

const numRuns = isFull ? 20_000 : 300;

function open(disk: CrashDisk, segmentBytesMax: number): Promise<Recovered> {
  return recover(disk, { ...recoveryOptions, segmentBytesMax, idempotency: limits });
}

async function founded(segmentBytesMax: number): Promise<{ readonly disk: CrashDisk; readonly opened: Recovered }> {
  const disk = new CrashDisk(new Map());
  const opened = await open(disk, segmentBytesMax);
  await opened.store.saveState(stateOf(1));
  return { disk, opened };
}

const anyLog = fc.record({
  first: fc.array(anyStep, { minLength: 2, maxLength: 20 }),
  second: fc.array(anyStep, { minLength: 0, maxLength: 12 }),
  third: fc.array(anyStep, { minLength: 0, maxLength: 8 }),
  bases: fc.tuple(fc.nat(1000), fc.nat(1000)),
  sizes: fc.tuple(fc.constantFrom(150, 300, 600), fc.constantFrom(450, 1200, 100_000)),
  isRestarted: fc.boolean(),
});

test('a checkpoint and the rest of the log say what the whole log says, and a checkpoint is the same wherever segments begin', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, async ({ first, second, third, bases, sizes, isRestarted }) => {
      const log = WrittenLog.of(first);
      const plans: BasePlan[] = [log.decideBase(1 + (bases[0] % (log.batches.length - 1)))];
      const firstEnd = log.batches.length;
      for (const step of second) log.write(step);
      const lowest = (plans[0]?.base.number ?? 0) + 1;
      plans.push(log.decideBase(lowest + (bases[1] % (log.batches.length - lowest))));
      for (const step of third) log.write(step);
      const decided = plans.map(({ base }) => base);
      const ends = [firstEnd, log.batches.length];

      const checkpoints: Buffer[][] = [];
      for (const size of sizes) {
        const { disk, opened } = await founded(size);
        let { store: target } = opened;
        const made: Buffer[] = [];
        let written = 0;
        for (const [at, plan] of plans.entries()) {
          await store(target, log.batches.slice(written, ends[at]));
          written = ends[at] ?? 0;
          await target.rebase(plan);
          made.push(await checkpointOf(target));
          assert.equal(await assertHolds(target, log), written);
          if (!isRestarted) continue;
          const again = await open(new CrashDisk(disk.state.seenFolder), size);
          assertKnows(again.outline, log, decided);
          target = (await open(disk, size)).store;
        }
        const { outline, store: reopened, forgot } = await open(disk, size);
        assert.deepEqual([forgot, outline.base.number], [undefined, plans[1]?.base.number]);
        assertKnows(outline, log, decided);
        assert.equal(await assertHolds(reopened, log), log.batches.length);
        while (!reopened.isVerified) await reopened.scrubSome();
        checkpoints.push(made);
      }

      const memory = new MemoryLog();
      await store(memory, log.batches);
      checkpoints.push([]);
      for (const plan of plans) {
        await memory.rebase(plan);
        checkpoints.at(-1)?.push(await checkpointOf(memory));
      }
      // A node that was away for the first base makes the second one at once.
      const late = (await founded(sizes[0])).opened.store;
      await store(late, log.batches);
      if (plans[1] !== undefined) await late.rebase(plans[1]);
      checkpoints.push([checkpoints[0]?.[0] ?? Buffer.alloc(0), await checkpointOf(late)]);
      for (const made of checkpoints) assert.deepEqual(made, checkpoints[0]);
    }),
    { numRuns, seed: 1 },
  );
});
