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
  /** The addresses of the members in its list. */
  members: readonly string[];
  /** Registers as often as the core does. */
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

test('when there was no answer for 3 s this is logged once, with the address and the variable that changes it', async () => {
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
        help: 'set MASTER_URL to the address of the master, or NODES if the nodes are equal',
      },
    },
  ]);
  node.answer = () => Promise.resolve('reached');
  await node.tryFor(1000);
  node.answer = nobody;
  await node.tryFor(4000);
  assert.equal(node.logEvents.length, 2, 'a master that answered and then does not is news');
});

test('a master that does not answer at all is logged like one that cannot be reached', async () => {
  const node = registrant(['http://silent:5000']);
  node.answer = () => new Promise(() => undefined);
  await node.tryFor(4000);
  assert.deepEqual(eventsOf(node), ['registration.unanswered']);
});

test('members in the list are asked after the masters, and a member that knows no leader counts as silent', async () => {
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

test('no missing master is logged once a leader has connected by itself', async () => {
  const node = registrant(['http://localhost:5000']);
  await node.tryFor(500);
  await node.clock.pass(60_000);
  await node.tryFor(2500);
  assert.deepEqual(eventsOf(node), []);
});

test('with several masters, the one that answers counts, and a refusal counts more than silence', async () => {
  const node = registrant(['http://master1:5000', 'http://master:5000']);
  node.answer = (url) => (url === 'http://master:5000' ? Promise.resolve('reached') : nobody(url));
  await node.tryFor(5000);
  assert.deepEqual(eventsOf(node), []);
  node.answer = (url) => (url === 'http://master:5000' ? Promise.reject(new LogError('id-taken', 'another is alive')) : nobody(url));
  await node.tryFor(5000);
  assert.deepEqual(eventsOf(node), ['registration.refused']);
});

test('when two masters answer, a node registers with the first', async () => {
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
  assert.deepEqual(new Set(asked), new Set(['http://master1:5000', 'http://master:5000']), 'the first has only a head start');
});

test('a node logs that the leader cannot reach it at its address', async () => {
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
