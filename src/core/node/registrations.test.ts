import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent, Reply } from '../model/events.ts';
import { LogOutline } from '../log/log-outline.ts';
import type { PeerMessage } from '../model/messages.ts';
import { batchNumber, clusterId, epoch, incarnation, instantMs, nodeId, offset, requestId, storageId } from '../model/numbers.ts';
import { logAge, streamId, timestampMs } from '../model/numbers.ts';
import { replicaOptions, testIdempotency } from '../scripts/replica-options.test-support.ts';
import { Replica } from '../replica.ts';

const cluster = clusterId('c');
const members = ['m', 's1'].map((id) => ({ id: nodeId(id), storageId: storageId(id), url: `http://${id}:1`, since: batchNumber(0) }));

/** A candidate, with its log events, dials and answers. */
class Master {
  readonly #replica: Replica;
  readonly logEvents: LogEvent[] = [];
  readonly dialed: string[] = [];
  #now = 0;
  #streams = 0;
  #requests = 0;

  constructor(secondaries: readonly string[] = []) {
    const outline = new LogOutline(testIdempotency);
    const marker = { epoch: epoch(1), number: batchNumber(0), isMarker: true, baseOffset: offset(0), entryCount: 0 };
    const memberList = { members, removed: [], founder: nodeId('m') };
    outline.append({ ...marker, timestamp: timestampMs(1), age: logAge(0), committedEnd: offset(0), keys: [], memberList });
    outline.flushed(batchNumber(1));
    const state = { clusterId: cluster, storageId: storageId('m'), promisedEpoch: epoch(1), promisedTo: null, forgot: null };
    this.#replica = new Replica(replicaOptions({ id: nodeId('m'), url: 'http://m:1', secondaries }), { outline, state });
    this.#replica.step({ kind: 'leadershipOffered' });
  }

  register(url: string, id: string | undefined): Reply | undefined {
    this.#requests += 1;
    const by = { id: id === undefined ? undefined : nodeId(id), isByHand: false };
    this.#replica.step({ kind: 'registered', requestId: requestId(this.#requests), url, ...by });
    return this.pass(20).find((reply) => reply.requestId === requestId(this.#requests));
  }

  /** The node at this address is dialed and says hello. */
  answersAt(url: string, id: string, process = `${id}#1`): void {
    this.pass(1000);
    this.#streams += 1;
    const stream = streamId(this.#streams);
    this.#replica.step({ kind: 'dialed', url, stream });
    const who = { id: nodeId(id), storageId: storageId(id), incarnation: incarnation(process), url };
    const hello: PeerMessage = {
      kind: 'hello',
      epoch: epoch(1),
      clusterId: cluster,
      ...who,
      hasMessages: false,
      memberIds: [],
      delayMs: 0,
      wallClock: undefined,
    };
    this.#replica.step({ kind: 'messageReceived', stream, message: hello });
    this.pass(0);
  }

  refuseDial(url: string, reason: string): void {
    this.pass(1000);
    this.#replica.step({ kind: 'dialRefused', url, other: undefined, reason });
  }

  pass(ms: number): Reply[] {
    this.#now += ms;
    this.#replica.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
    const replies: Reply[] = [];
    for (let ready = this.#replica.takeReady(); ready !== undefined; ready = this.#replica.takeReady()) {
      replies.push(...ready.replies);
      this.dialed.push(...ready.dials);
      this.logEvents.push(...ready.logEvents.filter(({ event }) => event.startsWith('address.') || event.startsWith('peer.')));
      if (ready.save !== undefined) this.#replica.step({ kind: 'stateSaved', version: ready.save.version });
    }
    return replies;
  }
}

test('a leader that gets its own registration, sent before it led, does not dial itself', () => {
  const master = new Master();
  const reply = master.register('http://m:1', 'm');
  assert.deepEqual(reply?.kind === 'registration' && reply.registration, { url: 'http://m:1', id: 'm', state: 'member' });
  assert.deepEqual(master.dialed, ['http://s1:1']);
});

test('a node whose address leads to another live node is told so, and it is logged', () => {
  const master = new Master();
  master.register('http://sec:1', 'c1');
  master.answersAt('http://sec:1', 'c1');
  const refused = master.register('http://sec:1', 'c2');
  assert.ok(refused?.kind === 'failed' && refused.code === 'address-taken');
  assert.match(refused.detail, /^http:\/\/sec:1 leads to c1, and not to c2$/);
  master.register('http://sec:1', 'c2');
  const facts = { url: 'http://sec:1', found: 'c1', registering: 'c2' };
  assert.deepEqual(master.logEvents, [{ level: 'error', event: 'address.taken', facts }], 'once');
  const taken = master.register('http://sec:1', 'c1');
  assert.ok(taken?.kind === 'registration' && taken.registration.id === 'c1');
  const byAddress = master.register('http://sec:1', undefined);
  assert.ok(
    byAddress?.kind === 'registration' && byAddress.registration.id === 'c1',
    'without a name, the answer says which node is there',
  );
});

test('a node whose address leads to the leader itself is told so', () => {
  const master = new Master();
  master.register('http://localhost:5000', 's7');
  master.answersAt('http://localhost:5000', 'm', replicaOptions({ id: nodeId('m'), url: 'http://m:1' }).incarnation);
  const refused = master.register('http://localhost:5000', 's7');
  assert.equal(refused, undefined, 'the address is dialed once more');
  master.answersAt('http://localhost:5000', 'm', replicaOptions({ id: nodeId('m'), url: 'http://m:1' }).incarnation);
  assert.ok(
    master.logEvents.some(({ event, facts }) => event === 'address.taken' && facts['found'] === 'm' && facts['registering'] === 's7'),
  );
});

test('two configured addresses that lead to one node are logged together, once', () => {
  const master = new Master(['http://localhost:1', 'http://127.0.0.1:1']);
  for (const url of ['http://localhost:1', 'http://127.0.0.1:1']) master.answersAt(url, 's1');
  master.pass(61_000);
  master.answersAt('http://127.0.0.1:1', 's1');
  const facts = { url: 'http://127.0.0.1:1', sameAs: 'http://localhost:1', found: 's1' };
  assert.deepEqual(master.logEvents, [{ level: 'error', event: 'address.twice', facts }]);
});

test('another node at the address of a member is logged with both names, once', () => {
  const master = new Master();
  master.answersAt('http://s1:1', 'someone');
  master.answersAt('http://s1:1', 'someone');
  const facts = { url: 'http://s1:1', member: 's1', found: 'someone' };
  assert.deepEqual(
    master.logEvents.filter(({ event }) => event === 'address.of-another'),
    [{ level: 'error', event: 'address.of-another', facts }],
  );
});

test('a program at the address of a member that is not a node is logged once, but not while it may be a node that is starting', () => {
  const master = new Master();
  for (let tries = 0; tries < 2; tries += 1) master.refuseDial('http://s1:1', 'http://s1:1 answered 404');
  assert.deepEqual(master.logEvents, []);
  for (let tries = 0; tries < 3; tries += 1) master.refuseDial('http://s1:1', 'http://s1:1 answered 404');
  const facts = { url: 'http://s1:1', reason: 'http://s1:1 answered 404' };
  assert.deepEqual(master.logEvents, [{ level: 'warn', event: 'address.of-no-node', facts }]);
});

test('a node is not told that it is a member because of a list that may still be taken back', () => {
  const master = new Master();
  master.answersAt('http://s1:1', 's1');
  // The master is a candidate: the list in its log may have to be cut.
  const registered = master.register('http://s1:1', 's1');
  assert.ok(registered?.kind === 'registration');
  assert.deepEqual(registered.registration, { url: 'http://s1:1', id: 's1', state: 'joining' });
});
