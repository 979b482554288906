import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogDates } from './log-dates.ts';
import { LogOutline } from '../log/log-outline.ts';
import { NodeContext } from '../node/context.ts';
import { batchNumber, epoch, instantMs, logAge, nodeId, offset, storageId, timestampMs } from '../model/numbers.ts';
import { Outbox } from '../node/outbox.ts';
import { Promises } from '../node/promises.ts';
import { replicaOptions, testIdempotency } from '../scripts/replica-options.test-support.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const begin = 1_700_000_000_000;

/** A node with one batch in its log, and the clocks of its cluster. */
class Node {
  readonly out = new Outbox();
  readonly outline = new LogOutline(testIdempotency);
  readonly context: NodeContext;
  readonly dates: LogDates;
  /** How far each wall clock is off the true time; the node's own comes first. */
  off: number[];
  #number = 0;

  constructor(off: number[], lastTimestamp: number | undefined) {
    this.off = off;
    const state = { clusterId: null, storageId: storageId('s'), promisedEpoch: epoch(0), promisedTo: null, forgot: null };
    const promises = new Promises(state, this.out);
    const options = replicaOptions({ id: nodeId('n0'), url: 'http://n0:1' });
    this.context = new NodeContext({ options, outline: this.outline, promises, out: this.out });
    this.context.wallClock = timestampMs(begin + (off[0] ?? 0));
    if (lastTimestamp !== undefined) this.#append(lastTimestamp);
    this.dates = new LogDates(this.context);
    this.pass(0);
    this.dates.beginEpoch(this.#clocks());
  }

  /** Lets time pass on all clocks. */
  pass(ms: number): void {
    this.context.now = instantMs(this.context.now + ms);
    this.context.wallClock = timestampMs(begin + this.context.now + (this.off[0] ?? 0));
    this.dates.tick(this.#clocks());
  }

  /** Writes a batch. @returns how far its date is ahead of the true time */
  write(): number {
    const timestamp = this.dates.next();
    assert.ok(timestamp >= this.outline.lastTimestamp, 'dates never go back');
    this.#append(timestamp);
    return timestamp - (begin + this.context.now);
  }

  events(): string[] {
    return (this.out.take()?.logEvents ?? []).map(({ level, event }) => `${level} ${event}`);
  }

  #clocks(): Parameters<LogDates['beginEpoch']>[0] {
    const known = this.off.map((ms) => begin + this.context.now + ms);
    return { memberCount: known.length, majority: Math.floor(known.length / 2) + 1, known };
  }

  #append(timestamp: number): void {
    const at = { epoch: epoch(1), number: batchNumber(this.#number), baseOffset: offset(0), entryCount: 0 };
    this.#number += 1;
    const time = { timestamp: timestampMs(timestamp), age: logAge(0) };
    this.outline.append({ ...at, ...time, committedEnd: offset(0), isMarker: false, memberList: undefined, keys: [] });
  }
}

test('a single clock that jumps is not believed, which is logged once, and leaves no wrong date behind', () => {
  for (const others of [[], [0, 20]]) {
    const node = new Node([10, ...others], begin);
    node.pass(5 * second);
    assert.ok(node.write() <= 20);
    assert.deepEqual(node.events(), []);
    node.off[0] = 30 * 365 * day;
    node.pass(20);
    node.pass(second);
    assert.ok(Math.abs(node.write()) <= 20, 'the date by the monotonic clock, or by the other clocks');
    assert.deepEqual(node.events(), ['warn clock.not-believed']);
    assert.ok(node.dates.doubtedMs > 29 * 365 * day);
    node.off[0] = 10;
    node.pass(second);
    assert.ok(Math.abs(node.write()) <= 20);
    assert.deepEqual(node.events(), ['info clock.believed']);
    assert.equal(node.dates.doubtedMs, 0);
  }
});

test('when the clocks of a majority agree within a minute, they are believed at once, even ahead of the own clock', () => {
  const node = new Node([0, 0, 0], begin);
  node.off = [0, 2 * day, 2 * day + 30 * second];
  node.pass(20);
  assert.equal(node.write(), 2 * day);
  assert.deepEqual(node.events(), ['warn clock.not-believed']);
  node.off = [2 * day + 40 * second, 2 * day, -hour];
  node.pass(20);
  assert.equal(node.write(), 2 * day + 40 * second);
});

test('after days off a cluster has the right date at once; if its clocks differ, the date moves on by an hour at most', () => {
  assert.ok(Math.abs(new Node([0, 500, -500], begin - 2 * day).write()) <= 500);
  const node = new Node([0, -5 * minute, 9 * hour], begin - 2 * day);
  assert.equal(node.write(), -2 * day + hour);
  node.pass(minute);
  assert.equal(node.write(), -2 * day + hour, 'from there on by the monotonic clock');
});

test('a lone member believes its clock when it starts, and after a jump only once the clock has kept to it for a while', () => {
  const node = new Node([0], begin - 2 * day);
  assert.equal(node.write(), 0, 'it may have been off');
  node.pass(minute);
  node.off[0] = 8 * hour;
  node.pass(20);
  assert.equal(node.write(), 0, 'a jump');
  for (let passed = 0; passed < 11 * minute; passed += second) node.pass(second);
  assert.equal(node.write(), 8 * hour, 'a machine that slept');
  const far = new Node([30 * 365 * day], begin);
  assert.equal(far.write(), 0);
  for (let passed = 0; passed < hour; passed += minute) far.pass(minute);
  assert.equal(far.write(), 0, 'so far ahead is not believed within the hour');
});

test('a log that is dated ahead is reported once, and its date stands still until the clock has caught up', () => {
  const node = new Node([0], begin + hour);
  node.pass(20);
  assert.deepEqual([node.write(), node.events()], [hour - 20, ['warn log.dated-ahead']]);
  assert.equal(node.dates.aheadMs, hour - 20);
  node.pass(hour - minute);
  assert.equal(node.write(), minute - 20);
  assert.deepEqual(node.events(), []);
  node.pass(2 * minute);
  assert.equal(node.write(), 0);
  node.pass(20);
  assert.deepEqual(node.events(), ['info log.date-caught-up']);
});

test('a new log is dated by the clock of its founder', () => {
  assert.equal(new Node([-50 * 365 * day], undefined).write(), -50 * 365 * day);
});
