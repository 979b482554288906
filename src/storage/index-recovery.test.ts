/**
 * A start finds the same log with indexes, without them, and batch by batch, whatever the log went through, wherever a crash
 * hit it, and whatever is cut afterwards.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AppendKey, Batch } from '../core/model/batch.ts';
import { isOutOfWindow } from '../core/log/idempotency-index.ts';
import { LogOutline } from '../core/log/log-outline.ts';
import { forwardLimits, keyOfIdentity } from '../core/model/forward-identity.ts';
import type { ForwardIdentity } from '../core/model/forward-identity.ts';
import type { MemberList } from '../core/model/members.ts';
import { batchNumber, epoch, logAge, nodeId, offset, storageId, timestampMs } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { crashImages } from './testing/crash-images.test-support.ts';
import { DiskState } from './testing/disk-state.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { stateOf } from './testing/log-script.test-support.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import { isIndexName } from './format/segment-names.ts';
import { recoveryOptions } from './testing/watched-log.test-support.ts';

const runs = process.env['CRASH'] === 'full' ? 5000 : 400;
/** The idempotency window is so small that keys leave it both by their number and by their age. */
const options = { ...recoveryOptions, segmentBytesMax: 500, idempotency: { keysMax: 7, windowMs: 120 * 60_000 } };

const anyAction = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      what: fc.constantFrom('plain', 'keyed', 'keyed', 'forwarded', 'forwarded', 'list', 'marker'),
      /** One of a few keys, so that some come again. */
      key: fc.nat(11),
      entries: fc.integer({ min: 1, max: 3 }),
      bytes: fc.nat(150),
      later: fc.oneof(fc.nat(40), fc.nat(1), fc.constant(0)),
      isNewEpoch: fc.boolean(),
      /** How far the `committedEnd` in the batch is behind the end of the log. */
      committedBy: fc.nat(12),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), by: fc.nat(12) }) },
);
type Action = typeof anyAction extends fc.Arbitrary<infer T> ? T : never;

function keyOf(name: number, entryCount: number): AppendKey {
  const hash = createHash('sha256').update(`key ${name}`).digest();
  return { fingerprint: hash.subarray(0, 16), digest: hash.subarray(16), entryCount };
}

/** The identity of the append in this batch, if it is a forwarded one. */
function identityAt(number: number): ForwardIdentity {
  return { forwarder: number % 3, number };
}

function listOf(since: number): MemberList {
  const members = [{ id: nodeId('n'), storageId: storageId('s'), url: `http://n:${since}`, since: batchNumber(since) }];
  return { members, removed: [], founder: nodeId('n') };
}

/** Plays the actions one after the other on a log on this disk. */
async function play(disk: CrashDisk, actions: readonly Action[]): Promise<void> {
  const { store } = await recover(disk, options);
  await store.saveState(stateOf(1));
  const log: Batch[] = [];
  let committed = 0;
  const end = (): LogPoint => {
    const last = log.at(-1);
    return { number: batchNumber(log.length), offset: offset(last === undefined ? 0 : last.baseOffset + last.entryCount) };
  };
  for (const action of actions) {
    if (action.kind === 'flush') await store.flush();
    else if (action.kind === 'cut') {
      const kept = log.findLastIndex((batch) => batch.baseOffset < committed) + 1;
      log.length = Math.max(kept, log.length - action.by);
      await store.cut(end());
    } else {
      committed = Math.max(committed, end().offset - action.committedBy);
      const batch = batchOf(action, end(), log.at(-1), committed);
      log.push(batch);
      await store.append([batch]);
    }
  }
}

function batchOf(action: Extract<Action, { kind: 'append' }>, at: LogPoint, before: Batch | undefined, committed: number): Batch {
  const hasEntries = action.what === 'plain' || action.what === 'keyed' || action.what === 'forwarded';
  const messages = hasEntries ? Array.from({ length: action.entries }, () => Buffer.from(`"${'m'.repeat(action.bytes)}"`)) : [];
  const keyed = action.what === 'keyed' ? keyOf(action.key, messages.length) : undefined;
  const key = action.what === 'forwarded' ? keyOfIdentity(identityAt(at.number), messages.length) : keyed;
  return encodeBatch(
    {
      epoch: epoch((before?.epoch ?? 1) + (action.isNewEpoch ? 1 : 0)),
      number: at.number,
      baseOffset: at.offset,
      entryCount: messages.length,
      timestamp: timestampMs((before?.timestamp ?? 1000) + action.later),
      age: logAge((before?.age ?? 0) + action.later),
      committedEnd: offset(committed),
      isMarker: action.what === 'marker',
      memberList: action.what === 'list' ? listOf(at.number) : undefined,
      keys: key === undefined ? [] : [{ ...key, offset: at.offset }],
      requestIds: [],
    },
    messages.length === 0 ? [] : [{ messages: packMessages(messages), key }],
  );
}

interface Replayed {
  readonly outline: LogOutline;
  readonly ends: readonly LogPoint[];
  /** The numbers of the batches in which a forwarded append may still be looked up. */
  readonly forwarded: readonly number[];
}

/** The log as a start that reads every batch would see it. */
async function replayed({ store }: Recovered): Promise<Replayed> {
  const outline = new LogOutline(options.idempotency);
  const ends: LogPoint[] = [outline.end];
  const seen: Batch[] = [];
  for (;;) {
    const batches = await store.readFrom(outline.end.number, 100);
    if (batches.length === 0) {
      const lately = seen.filter(({ age }) => !isOutOfWindow(age, outline.lastAge, forwardLimits));
      return { outline, ends, forwarded: lately.map(({ number }) => number) };
    }
    seen.push(...batches);
    for (const batch of batches) {
      outline.append(batch);
      outline.flushed(outline.end.number);
      outline.commit(batch.committedEnd);
      ends.push(outline.end);
    }
  }
}

/** The answers of an outline to everything that can be asked. */
function answersOf(outline: LogOutline, forwarded: readonly number[]): unknown {
  const { shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount } = outline;
  const keys = Array.from({ length: 12 }, (_unused, name) => outline.findKey(keyOf(name, 1)));
  const identities = forwarded.map((number) => outline.findKey(keyOfIdentity(identityAt(number), 1)));
  return { shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount, keys, identities };
}

function withoutIndexes(folder: Folder): Folder {
  return new Map([...folder].filter(([name]) => !isIndexName(name)));
}

test('a start with indexes, one without, and a replay of every batch give the same result, even after cuts, wherever a crash hit', async (t) => {
  let indexed = 0;
  let read = 0;
  let known = 0;
  const property = async (actions: readonly Action[], crashAt: number, cutBy: number): Promise<void> => {
    const disk = new CrashDisk(new Map());
    disk.flushTurns = 3;
    await play(disk, actions);
    const state = new DiskState(disk.start);
    for (const event of disk.events.slice(0, crashAt % 2 === 0 ? disk.events.length : crashAt % disk.events.length)) state.apply(event);
    for (const { folder, how } of crashImages(state, 'extremes')) {
      const outlines: LogOutline[] = [];
      const opened = await recover(new CrashDisk(folder), options);
      const scanned = await recover(new CrashDisk(withoutIndexes(folder)), options);
      const { outline, ends, forwarded } = await replayed(scanned);
      known += forwarded.filter((number) => outline.findKey(keyOfIdentity(identityAt(number), 1)) !== undefined).length;
      outlines.push(opened.outline, scanned.outline, outline);
      indexed += opened.segments.fromIndex;
      read += opened.segments.scanned;
      assert.equal(scanned.segments.fromIndex, 0);
      const answers = (each: LogOutline): object => ({ ...Object(answersOf(each, forwarded)) });
      for (const each of outlines) assert.deepEqual(answers(each), answers(outline), how);
      const earliest = ends.findIndex((point) => point.offset >= outline.committedEnd);
      const cutTo = ends[Math.max(earliest, ends.length - 1 - cutBy)];
      if (cutTo === undefined) continue;
      for (const each of outlines) each.cut(cutTo);
      for (const each of outlines) assert.deepEqual({ ...answers(each), lastTimestamp: 0 }, { ...answers(outline), lastTimestamp: 0 }, how);
    }
  };
  const actions = fc.array(anyAction, { minLength: 1, maxLength: 70, size: 'max' });
  await fc.assert(
    fc.asyncProperty(actions, fc.nat(100_000), fc.nat(20), (list, crashAt, cutBy) => property(list, crashAt, cutBy)),
    { seed: 1, numRuns: runs },
  );
  t.diagnostic(`${indexed} segments from their index, ${read} read; ${known} forwarded appends known`);
  assert.ok(known > runs, 'forwarded appends are known');
  assert.ok(indexed > runs, 'there are segments with an index');
});
