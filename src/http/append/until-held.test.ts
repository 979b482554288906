import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standingOfComing } from '../../core/model/epoch-history.ts';
import type { LogShape } from '../../core/model/epoch-history.ts';
import { batchNumber, epoch, offset } from '../../core/model/numbers.ts';
import { LogError } from '../../api/problems.ts';
import { ToldDriver } from '../leader/forwarding.test-support.ts';
import { untilHeld } from './until-held.ts';

/** A log with one entry per batch, written in the given epochs. */
class GrowingDriver extends ToldDriver {
  #epochs: readonly number[] = [];

  get durableEnd(): ReturnType<typeof offset> {
    return offset(this.#epochs.length);
  }

  becomes(epochs: readonly number[]): void {
    this.#epochs = epochs;
    this.leader = undefined;
  }

  standingOfComing(seen: Parameters<typeof standingOfComing>[0]): ReturnType<typeof standingOfComing> {
    const starts = this.#epochs.flatMap((of, at) =>
      of === this.#epochs[at - 1] ? [] : [{ epoch: epoch(of), number: batchNumber(at), offset: offset(at) }],
    );
    const shape: LogShape = { starts, end: { number: batchNumber(this.#epochs.length), offset: this.durableEnd } };
    return standingOfComing(seen, shape);
  }
}

const stored = { offset: offset(2), epoch: epoch(5), acks: 1 };

test('the wait ends when the node has the entry, and not when it has another entry at that offset', async () => {
  const driver = new GrowingDriver();
  // Entries of another leader, which the new one is about to cut.
  driver.becomes([1, 4, 4, 4]);
  let isHeld = false;
  const held = untilHeld(driver, stored, { timeoutMs: 5000, self: 's1' }).then(() => (isHeld = true));
  for (const epochs of [[1], [1, 5]]) {
    driver.becomes(epochs);
    await Promise.resolve();
    assert.equal(isHeld, false);
  }
  driver.becomes([1, 5, 5]);
  await held;
});

test('an entry that a later leader cut is unknown, at once', async () => {
  const driver = new GrowingDriver();
  driver.becomes([1]);
  const begunAt = performance.now();
  const failure = untilHeld(driver, stored, { timeoutMs: 5000, self: 's1' }).catch((error: unknown) => error);
  driver.becomes([1, 6, 6, 6]);
  const error = await failure;
  assert.ok(error instanceof LogError);
  assert.deepEqual([error.code, error.facts], ['epoch-ended', { offset: 2, epoch: 5, acks: 1 }]);
  assert.ok(performance.now() - begunAt < 1000);
});

test('an entry that does not arrive in time is unknown, and the failure says where it is stored', async () => {
  const driver = new GrowingDriver();
  const error: unknown = await untilHeld(driver, stored, { timeoutMs: 1, self: 's1' }).catch((reason: unknown) => reason);
  assert.ok(error instanceof LogError);
  assert.deepEqual([error.code, error.facts['offset'], error.facts['waitingFor']], ['concern-timeout', 2, ['s1']]);
});
