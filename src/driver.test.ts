import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from './core/events.ts';
import { LogOutline } from './core/log-outline.ts';
import { instantMs, nodeId, timestampMs } from './core/numbers.ts';
import { Replica } from './core/replica.ts';
import { replicaOptions, testIdempotency } from './core/replica-options.test-support.ts';
import { Driver } from './driver.ts';
import type { Clock } from './ports.ts';
import { LogError } from './problems.ts';
import { MemoryLog } from './storage/memory-log.ts';

/** Time that the test moves. */
class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): ReturnType<Clock['now']> {
    return instantMs(this.#now);
  }

  wallClock(): ReturnType<Clock['wallClock']> {
    return timestampMs(this.#now);
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(callback: () => void): void {
    queueMicrotask(callback);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#now += 10;
      for (const timer of [...this.#timers]) {
        if (timer.at > this.#now) continue;
        this.#timers.delete(timer);
        timer.callback();
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}

test('a master that refuses the registration is spoken of once, and again when its answer is another', async () => {
  const clock = new ManualClock();
  const self = { id: nodeId('s1'), url: 'http://s1' };
  const refusals: string[] = [];
  let answer: LogError | undefined = new LogError('id-taken', 'another node is called s1');
  let asked = 0;
  const driver = new Driver({
    replica: new Replica(replicaOptions({ ...self, hasMasterUrl: true }), { outline: new LogOutline(testIdempotency), record: undefined }),
    store: new MemoryLog(),
    clock,
    network: {
      dial: () => Promise.reject(new Error('nobody is there')),
      register: () => {
        asked += 1;
        return answer === undefined ? Promise.resolve() : Promise.reject(answer);
      },
    },
    observer: {
      notice: ({ event, facts }: Notice) => event === 'registration.refused' && refusals.push(String(facts['reason'])),
      placed: () => undefined,
      flushed: () => undefined,
      acknowledged: () => undefined,
      answered: () => undefined,
    },
    delayMs: 0,
    masterUrl: 'http://master',
    self,
  });
  /** Long enough for several tries. */
  const tries = async (): Promise<void> => {
    const before = asked;
    await clock.pass(10_000);
    assert.ok(asked - before >= 5, `${asked - before} tries`);
  };
  driver.start();
  await tries();
  assert.deepEqual(refusals, ['another node is called s1']);
  answer = new LogError('other-cluster', 'not one of us');
  await tries();
  assert.deepEqual(refusals, ['another node is called s1', 'not one of us']);
  // Taken in between: the next refusal is news.
  answer = undefined;
  await tries();
  answer = new LogError('other-cluster', 'not one of us');
  await tries();
  assert.deepEqual(refusals, ['another node is called s1', 'not one of us', 'not one of us']);
  driver.halt();
});
