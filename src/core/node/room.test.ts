import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendRequest, LogEvent, Reply } from '../model/events.ts';
import { LogOutline } from '../log/log-outline.ts';
import { batchNumber, instantMs, nodeId, offset, requestId, timestampMs } from '../model/numbers.ts';
import { Outbox } from './outbox.ts';
import { replicaOptions, testIdempotency } from '../scripts/replica-options.test-support.ts';
import { Replica } from '../replica.ts';
import { Room } from './room.ts';

/** The leader of a cluster of one, whose disk is played by the test. */
class LoneLeader {
  readonly replica = new Replica(replicaOptions({ id: nodeId('m'), url: 'http://m:1' }), {
    outline: new LogOutline(testIdempotency),
    state: undefined,
  });
  hasRoom = true;
  writes = 0;
  checks: number[] = [];
  logEvents: LogEvent[] = [];
  replies: Reply[] = [];
  #now = 0;
  #requests = 0;

  constructor() {
    this.replica.step({ kind: 'leadershipOffered' });
    this.letTimePass(3000);
    assert.equal(this.replica.status().refusal, undefined);
  }

  letTimePass(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; this.#now += 100) {
      this.replica.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
      this.#carryOut();
    }
  }

  /** @returns the answer, if there was one */
  append(key?: string): Reply | undefined {
    this.#requests += 1;
    const fingerprint = Buffer.alloc(16, key ?? '');
    const request: AppendRequest = {
      requestId: requestId(this.#requests),
      entryCount: 1,
      byteCount: 100,
      concern: { w: 1, timeoutMs: 1000 },
      key: key === undefined ? undefined : { fingerprint, digest: fingerprint, entryCount: 1 },
    };
    this.replica.step({ kind: 'appendRequested', ...request });
    this.#carryOut();
    return this.replies.find((reply) => reply.requestId === request.requestId);
  }

  countOf(event: string): number {
    return this.logEvents.filter((logged) => logged.event === event).length;
  }

  #carryOut(): void {
    const { replica } = this;
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
      this.logEvents.push(...ready.logEvents);
      this.replies.push(...ready.replies);
      if (ready.roomWanted !== undefined) this.checks.push(this.#now);
      if (ready.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
      for (const work of ready.logWork) {
        assert.ok(work.kind === 'write');
        this.writes += 1;
        const { number } = work.draft;
        if (!this.hasRoom) replica.step({ kind: 'writeRefused', number, bytes: 100, lacks: 'file descriptors' });
        else for (const kind of ['written', 'flushed'] as const) replica.step({ kind, end: batchNumber(number + 1) });
      }
    }
  }
}

test('a leader without room refuses appends at once, shows it in its status and in one log line, and recovers when there is room', () => {
  const leader = new LoneLeader();
  const { replica } = leader;
  const refusal = { kind: 'failed', code: 'no-room', facts: { lacks: 'file descriptors' } };
  assert.equal(leader.append()?.kind, 'appended');
  leader.hasRoom = false;
  assert.partialDeepStrictEqual(leader.append(), refusal);
  const writes = leader.writes;
  for (let n = 0; n < 5; n += 1) assert.partialDeepStrictEqual(leader.append(), refusal);
  assert.equal(leader.writes, writes, 'it does not try to write them');
  assert.deepEqual([replica.status().refusal, replica.status().canStore, replica.status().lacks], ['no-room', false, 'file descriptors']);
  assert.equal(replica.isLeading, true);
  const checks = leader.checks.length;
  leader.letTimePass(3000);
  assert.equal(leader.checks.length, checks + 3, 'it checks for room once a second');
  assert.equal(leader.countOf('room.lacking'), 1);

  leader.hasRoom = true;
  replica.step({ kind: 'roomFound' });
  assert.deepEqual([replica.status().refusal, replica.status().canStore], [undefined, true]);
  const taken = leader.append();
  assert.ok(taken?.kind === 'appended' && taken.offset === offset(1), 'the refused appends left no gap');
  assert.equal(leader.countOf('room.found'), 1);
});

test('a leader without room still answers the retry of an append that it has stored', () => {
  const leader = new LoneLeader();
  leader.append('first');
  leader.hasRoom = false;
  leader.append();
  assert.partialDeepStrictEqual(leader.append('first'), { kind: 'appended', offset: offset(0) });
  assert.partialDeepStrictEqual(leader.append('second'), { kind: 'failed', code: 'no-room' });
});

test('room that comes and goes is logged once a minute', () => {
  const out = new Outbox();
  const room = new Room(out);
  const refused = (now: number): void => room.refused({ what: 'disk space', bytes: 5, logEnd: offset(1), now: instantMs(now) });
  for (let now = 0; now <= 60_000; now += 10_000) {
    refused(now);
    refused(now + 1);
    room.found();
  }
  const events = out.take()?.logEvents.map(({ event }) => event);
  assert.deepEqual(events, ['room.lacking', 'room.found', 'room.lacking', 'room.found']);
});
