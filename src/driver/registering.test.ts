import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent } from '../core/model/events.ts';
import { nodeId } from '../core/model/numbers.ts';
import { ManualClock } from '../ports/manual-clock.test-support.ts';
import type { Network } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import { Registering } from './registering.ts';

const self = { id: nodeId('s1'), url: 'http://s1:5001' };
const nobody = (url: string): Promise<never> => Promise.reject(new Error(`${url} is not there`));

interface Registrant {
  readonly clock: ManualClock;
  readonly logEvents: LogEvent[];
  answer: (url: string) => ReturnType<Network['register']>;
  /** Whom its list names. */
  members: readonly string[];
  /** As often as the core asks. */
  tryFor(ms: number): Promise<void>;
}

function registrant(masterUrls: readonly string[]): Registrant {
  const clock = new ManualClock();
  const logEvents: LogEvent[] = [];
  const found: Registrant = {
    clock,
    logEvents,
    answer: nobody,
    members: [],
    tryFor: async (ms) => {
      for (let passed = 0; passed < ms; passed += 500) {
        void registering.register(found.members);
        await clock.pass(500);
      }
    },
  };
  const register = (url: string): ReturnType<Network['register']> => found.answer(url);
  const network = { dial: () => Promise.reject(new Error('no')), register };
  const registering = new Registering({ clock, network, masterUrls, self, emit: (logEvent) => void logEvents.push(logEvent) });
  return found;
}

function eventsOf({ logEvents }: Registrant): string[] {
  return logEvents.map(({ event }) => event);
}

test('nobody who answers for 3 s is said once, with the address and the variable that gives another', async () => {
  const node = registrant(['http://localhost:5000']);
  await node.tryFor(2500);
  assert.deepEqual(eventsOf(node), []);
  await node.tryFor(10_000);
  assert.deepEqual(node.logEvents, [
    {
      level: 'warn',
      event: 'registration.unanswered',
      facts: {
        masterUrl: 'http://localhost:5000',
        reason: 'http://localhost:5000 is not there',
        help: 'MASTER_URL says where to register, or NODES where nodes are equal',
      },
    },
  ]);
  node.answer = () => Promise.resolve('reached');
  await node.tryFor(1000);
  node.answer = nobody;
  await node.tryFor(4000);
  assert.equal(node.logEvents.length, 2, 'who was there and is not any more is news');
});

test('who does not answer at all is missed as well as who cannot be reached', async () => {
  const node = registrant(['http://silent:5000']);
  node.answer = () => new Promise(() => undefined);
  await node.tryFor(4000);
  assert.deepEqual(eventsOf(node), ['registration.unanswered']);
});

test('members that its list names are asked after the masters, and one that knows of no leader is as good as silent', async () => {
  const node = registrant(['http://m:5000']);
  node.members = ['http://s2:5002', 'http://m:5000'];
  const asked: string[] = [];
  node.answer = (url) => {
    asked.push(url);
    return url === 'http://s2:5002' ? Promise.reject(new LogError('no-leader', 'nobody leads')) : nobody(url);
  };
  await node.tryFor(500);
  assert.deepEqual(asked, ['http://m:5000', 'http://s2:5002']);
  await node.tryFor(4000);
  assert.deepEqual(eventsOf(node), ['registration.unanswered']);
  node.answer = (url) => (url === 'http://s2:5002' ? Promise.resolve('reached') : nobody(url));
  await node.tryFor(4000);
  assert.equal(node.logEvents.length, 1, 'one that answers is enough');
});

test('nobody is missed once a leader came by itself', async () => {
  const node = registrant(['http://localhost:5000']);
  await node.tryFor(500);
  await node.clock.pass(60_000);
  await node.tryFor(2500);
  assert.deepEqual(eventsOf(node), []);
});

test('of several masters the one that answers counts, and a refusal before silence', async () => {
  const node = registrant(['http://master1:5000', 'http://master:5000']);
  node.answer = (url) => (url === 'http://master:5000' ? Promise.resolve('reached') : nobody(url));
  await node.tryFor(5000);
  assert.deepEqual(eventsOf(node), []);
  node.answer = (url) => (url === 'http://master:5000' ? Promise.reject(new LogError('id-taken', 'another is alive')) : nobody(url));
  await node.tryFor(5000);
  assert.deepEqual(eventsOf(node), ['registration.refused']);
});

test('where two masters answer a node registers with the first', async () => {
  const node = registrant(['http://master1:5000', 'http://master:5000']);
  const asked: string[] = [];
  node.answer = (url) => {
    asked.push(url);
    return Promise.resolve('reached');
  };
  await node.tryFor(1000);
  assert.deepEqual([...new Set(asked)], ['http://master1:5000']);
  node.answer = (url) => {
    asked.push(url);
    return url === 'http://master1:5000' ? new Promise(() => undefined) : Promise.resolve('reached');
  };
  await node.tryFor(1000);
  assert.deepEqual(new Set(asked), new Set(['http://master1:5000', 'http://master:5000']), 'the first has a head start, and no more');
});

test('an address under which the leader does not find the node is said to the node', async () => {
  const node = registrant(['http://master:5000']);
  node.answer = () => Promise.resolve('unreached');
  await node.tryFor(5000);
  assert.deepEqual(eventsOf(node), ['registration.unreached']);
  assert.deepEqual(node.logEvents[0]?.facts['url'], 'http://s1:5001');
  node.answer = () => Promise.resolve('reached');
  await node.tryFor(1000);
  node.answer = () => Promise.resolve('unreached');
  await node.tryFor(1000);
  assert.equal(node.logEvents.length, 2);
});
