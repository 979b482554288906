import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standingOf, standingOfComing } from '../../core/model/epoch-history.ts';
import { batchNumber, clusterId, epoch, offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import { LogError } from '../../api/problems.ts';
import { resumePoint } from './resume-point.ts';
import { provePlace } from './place-proof.ts';
import type { ReadLevel } from './read-level.ts';

type SeenEntry = Parameters<typeof standingOf>[0];

interface FakeNode {
  readonly cluster?: string | null;
  readonly isLeading?: boolean;
  readonly logEnd: number;
  /** `committedEnd` after a linearizable read; `undefined` if such reads fail. */
  readonly confirmedEnd?: number;
  /** `committedEnd` before that, as this node knows it. */
  readonly committedEnd?: number;
  readonly epoch?: number;
}

/** A log of one epoch. */
function driverOf({ cluster = 'aaaaaaaa-0000', isLeading = false, logEnd, confirmedEnd, committedEnd = logEnd, epoch: of = 1 }: FakeNode) {
  let known = committedEnd;
  let end = logEnd;
  const shape = () => ({
    starts: [{ epoch: epoch(of), number: batchNumber(0), offset: offset(0) }],
    end: { number: batchNumber(end), offset: offset(end) },
  });
  return {
    clusterId: cluster === null ? null : clusterId(cluster),
    isLeading,
    isStopped: false,
    firstOffset: offset(0),
    get committedEnd(): Offset {
      return offset(known);
    },
    get visibleEnd(): Offset {
      return offset(end);
    },
    standingOf: (seen: SeenEntry) => standingOf(seen, shape()),
    standingOfComing: (seen: SeenEntry) => standingOfComing(seen, shape()),
    linearizableEnd: (): Promise<Offset> => {
      if (confirmedEnd === undefined) return Promise.reject(new LogError('read-timeout', 'nobody confirmed it'));
      known = Math.max(known, confirmedEnd);
      end = Math.max(end, confirmedEnd);
      return Promise.resolve(offset(confirmedEnd));
    },
  };
}

/** @returns what happens to a reader with this id: it goes on, it waits, or why its place is gone */
async function outcomeOf(id: string, node: FakeNode, level: ReadLevel = 'committed'): Promise<string> {
  const place = resumePoint({ headers: { 'last-event-id': id } }, {});
  try {
    return (await provePlace({ driver: driverOf(node) }, place, level)) === undefined ? 'goes on' : 'waits';
  } catch (error) {
    assert.ok(error instanceof LogError);
    assert.equal(error.code, 'history-changed');
    return error.message.includes('another log') ? 'another log' : 'cut';
  }
}

test('an id of another log is refused at once, whatever has that offset now', async () => {
  for (const id of ['4@bbbbbbbb', '1:4@bbbbbbbb']) {
    for (const logEnd of [1, 5, 100]) assert.equal(await outcomeOf(id, { logEnd }), 'another log');
  }
  for (const id of ['4@aaaaaaaa', '1:4@aaaaaaaa']) assert.equal(await outcomeOf(id, { logEnd: 5 }), 'goes on');
});

test('a node without a log cannot tell, and waits', async () => {
  assert.equal(await outcomeOf('4@bbbbbbbb', { cluster: null, logEnd: 0 }), 'waits');
});

test('a bare offset beyond the end is judged by a linearizable read: a log that was begun anew does not have it', async () => {
  for (const isLeading of [true, false]) assert.equal(await outcomeOf('4', { isLeading, logEnd: 1, confirmedEnd: 1 }), 'another log');
  assert.equal(await outcomeOf('4', { isLeading: true, logEnd: 1, confirmedEnd: 1 }, 'default'), 'another log');
  assert.equal(await outcomeOf('1:4', { isLeading: true, logEnd: 1, confirmedEnd: 1 }, 'default'), 'another log');
});

test('a lagging follower is not taken for a log that was begun anew', async () => {
  assert.equal(await outcomeOf('4', { logEnd: 1, confirmedEnd: 5 }), 'goes on');
  assert.equal(await outcomeOf('4', { logEnd: 5, committedEnd: 1, confirmedEnd: 5 }), 'goes on');
  for (const id of ['4', '4@aaaaaaaa', '1:4', '1:4@aaaaaaaa', '2:4']) assert.equal(await outcomeOf(id, { logEnd: 1 }), 'waits');
  // Another node may have shown an uncommitted entry at the default level.
  for (const id of ['4', '1:4', '1:4@aaaaaaaa']) assert.equal(await outcomeOf(id, { logEnd: 1, confirmedEnd: 1 }, 'default'), 'waits');
});

test('a node that no longer leads, without knowing it, does not judge', async () => {
  assert.equal(await outcomeOf('2:4', { isLeading: true, logEnd: 1 }), 'waits');
  assert.equal(await outcomeOf('4', { isLeading: true, logEnd: 1 }), 'waits');
});

test('a node that has not heard of the epoch yet does not claim that a committed entry of it was cut', async () => {
  // It led epoch 1 and was cut off; its own entry at offset 4 will be cut by the leader of epoch 2.
  assert.equal(await outcomeOf('2:4', { logEnd: 5, committedEnd: 3 }), 'waits');
  assert.equal(await outcomeOf('2:4', { isLeading: true, logEnd: 5, committedEnd: 3 }), 'waits');
  assert.equal(await outcomeOf('2:4', { logEnd: 5, committedEnd: 3 }, 'default'), 'cut');
});

test('an entry that a change of leader cut is reported as cut', async () => {
  assert.equal(await outcomeOf('1:4', { logEnd: 5, epoch: 2 }), 'cut');
});
