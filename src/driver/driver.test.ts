import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LogEvent } from '../core/model/events.ts';
import { LogOutline } from '../core/log/log-outline.ts';
import { nodeId } from '../core/model/numbers.ts';
import { Replica } from '../core/replica.ts';
import { replicaOptions, testIdempotency } from '../core/scripts/replica-options.test-support.ts';
import { Driver } from './driver.ts';
import { ManualClock } from '../ports/manual-clock.test-support.ts';
import { LogError } from '../api/problems.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import type { PackedMessages } from '../protocol/packed-messages.ts';
import { MemoryLog } from '../storage/memory-log.ts';

test('a waiting append keeps no messages in memory once they are in the log through it or the append that it repeats', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const clock = new ManualClock();
  const self = { id: nodeId('m'), url: 'http://m' };
  const driver = new Driver({
    replica: new Replica(replicaOptions(self), { outline: new LogOutline(testIdempotency), state: undefined }),
    store: new MemoryLog(),
    clock,
    network: { dial: () => Promise.reject(new Error('nobody is there')), register: () => Promise.resolve('unreached' as const) },
    delayMs: 0,
    masterUrls: [],
    self,
  });
  driver.start();
  driver.offerLeadership();
  const key = { fingerprint: Buffer.alloc(16, 1), digest: Buffer.alloc(16, 2), entryCount: 1 };
  const held: WeakRef<PackedMessages>[] = [];
  const submit = (): void => {
    const messages = packMessages([Buffer.from('"x"')]);
    held.push(new WeakRef(messages));
    driver.submit({ messages, key, concern: { w: 2, timeoutMs: 600_000 } }, () => assert.fail('there is no other node to hold it'));
  };
  for (let repeated = 0; repeated < 3; repeated += 1) submit();
  await clock.pass(5000);
  collectGarbage();
  assert.equal(driver.status().waitingAppends, 3);
  assert.deepEqual(
    held.map((each) => each.deref()),
    [undefined, undefined, undefined],
  );
  driver.halt();
});

test('when a node stops seeking to lead, the appends in its queue are failed and get their messages back', async () => {
  const clock = new ManualClock();
  const self = { id: nodeId('m'), url: 'http://m' };
  const driver = new Driver({
    replica: new Replica(replicaOptions({ ...self, newCluster: 'never' }), { outline: new LogOutline(testIdempotency), state: undefined }),
    store: new MemoryLog(),
    clock,
    network: { dial: () => Promise.reject(new Error('nobody is there')), register: () => Promise.resolve('unreached' as const) },
    delayMs: 0,
    masterUrls: [],
    self,
  });
  driver.start();
  driver.offerLeadership();
  const messages = packMessages([Buffer.from('"x"')]);
  const answers: unknown[] = [];
  driver.submit({ messages, key: undefined, concern: { w: 1, timeoutMs: 5000 } }, (reply, unplaced) => {
    answers.push(reply.kind === 'failed' && reply.code, unplaced);
  });
  await clock.pass(1000);
  assert.deepEqual(answers, []);
  driver.withdrawLeadership();
  await clock.pass(10);
  assert.deepEqual(answers, ['not-leader', messages]);
  driver.halt();
});

test('a master that refuses the registration is logged once, and again when its answer changes', async () => {
  const clock = new ManualClock();
  const self = { id: nodeId('s1'), url: 'http://s1' };
  const refusals: string[] = [];
  let answer: LogError | undefined = new LogError('id-taken', 'another node is called s1');
  let asked = 0;
  const driver = new Driver({
    replica: new Replica(replicaOptions({ ...self, hasMasterUrl: true }), { outline: new LogOutline(testIdempotency), state: undefined }),
    store: new MemoryLog(),
    clock,
    network: {
      dial: () => Promise.reject(new Error('nobody is there')),
      register: () => {
        asked += 1;
        return answer === undefined ? Promise.resolve('reached' as const) : Promise.reject(answer);
      },
    },
    delayMs: 0,
    masterUrls: ['http://master'],
    self,
  });
  driver.observe({
    logged: ({ event, facts }: LogEvent) => event === 'registration.refused' && refusals.push(String(facts['reason'])),
    placed: () => undefined,
    flushed: () => undefined,
    acknowledged: () => undefined,
    answered: () => undefined,
  });
  /** Waits long enough for several attempts. */
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
  // It is accepted in between, so the next refusal is news.
  answer = undefined;
  await tries();
  answer = new LogError('other-cluster', 'not one of us');
  await tries();
  assert.deepEqual(refusals, ['another node is called s1', 'not one of us', 'not one of us']);
  driver.halt();
});
