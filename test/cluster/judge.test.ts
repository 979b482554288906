/** Plants violations, to see that the judge finds each. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt, History, Reading, SeenEntry } from './history.ts';
import { judge } from './judge.ts';
import type { Claim, FinalLog } from './judge.ts';
import { countAppends, longestStallMs } from './report.ts';

const nodes = ['master', 's1', 's2'];
const log: readonly SeenEntry[] = ['a', 'b', 'c', 'd'].map((message, offset) => ({ offset, epoch: 1, message }));

/** The same on all nodes. */
function logsOf(entries: readonly SeenEntry[]): FinalLog[] {
  return nodes.map((node) => ({ node, entries }));
}

/** An append of one message, acknowledged at `majority`, ten milliseconds after the one before it. */
function attempt(message: string, offset: number, changes: Partial<Attempt> = {}): Attempt {
  const [began, ended] = [offset * 10, offset * 10 + 5];
  const client = { client: 'writer', messages: [message], key: undefined, node: 'master', w: 'majority' as const };
  return { ...client, began, ended, outcome: 'acknowledged', code: 'created', offset, acks: 2, ...changes };
}

function failed(message: string, outcome: 'rejected' | 'unknown', changes: Partial<Attempt> = {}): Attempt {
  const code = outcome === 'rejected' ? 'no-quorum' : 'concern-timeout';
  return attempt(message, 0, { outcome, code, offset: undefined, acks: undefined, ...changes });
}

function reading(entries: readonly SeenEntry[], changes: Partial<Reading> = {}): Reading {
  const from = entries[0]?.offset ?? 0;
  return { reader: 'reader', node: 's1', start: 1, level: 'committed', from, limit: 100, began: 100, ended: 105, entries, ...changes };
}

const sound: History = {
  isElected: false,
  attempts: log.map(({ message, offset }) => attempt(message, offset)),
  readings: [reading(log), reading(log.slice(1), { level: 'linearizable', node: 's2' }), reading(log, { level: 'default' })],
  emptied: [],
  strikes: [],
  serviceable: [],
};

function brokenClaims(changes: Partial<History>, logs = logsOf(log)): Claim[] {
  return [...new Set(judge({ ...sound, ...changes }, logs).map(({ claim }) => claim))].toSorted();
}

test('a correct history passes', () => {
  assert.deepEqual(judge(sound, logsOf(log)), []);
});

test('a message that was acknowledged by a majority and is missing counts as lost', () => {
  assert.deepEqual(brokenClaims({ readings: [] }, logsOf(log.slice(0, 3))), ['lost']);
});

test('a message at another offset than the one in the answer counts as lost', () => {
  const attempts = sound.attempts.with(3, attempt('d', 2, { began: 30 }));
  assert.deepEqual(brokenClaims({ attempts, readings: [] }), ['lost']);
});

test('a message at w=1 may be lost only with the storage of the leader, and only if no other node had it', () => {
  const attempts = sound.attempts.with(3, attempt('d', 3, { w: 1, acks: 1 }));
  const left = logsOf(log.slice(0, 3));
  const loss = { node: 'master', isMaster: true, at: 50, othersEnd: 3 };
  const after = (emptied: History['emptied']): Claim[] => brokenClaims({ attempts, emptied, readings: [] }, left);
  assert.deepEqual(after([]), ['lost'], 'no storage was lost');
  assert.deepEqual(after([loss]), []);
  assert.deepEqual(after([{ ...loss, othersEnd: 4 }]), ['lost'], 'another node had it');
  assert.deepEqual(after([{ ...loss, at: 20 }]), ['lost'], 'the storage was lost before');
  assert.deepEqual(after([{ ...loss, node: 's1', isMaster: false }]), ['lost'], 'a follower lost its storage');
});

test('w=2 of three is a majority: losing one storage must not lose the message', () => {
  const attempts = sound.attempts.with(3, attempt('d', 3, { w: 2 }));
  const emptied = [{ node: 'master', isMaster: true, at: 50, othersEnd: 3 }];
  assert.deepEqual(brokenClaims({ attempts, emptied, readings: [] }, logsOf(log.slice(0, 3))), ['lost']);
});

test('among nodes that elect, a message at w=1 may be lost if only one node had it, but not if two of three did', () => {
  const after = (acks: number): Claim[] => {
    const attempts = sound.attempts.with(3, attempt('d', 3, { w: 1, acks }));
    return brokenClaims({ isElected: true, attempts, readings: [] }, logsOf(log.slice(0, 3)));
  };
  assert.deepEqual(after(1), []);
  assert.deepEqual(after(2), ['lost']);
});

test('among nodes that elect, a message that was acknowledged at w=1 and lost may be stored again by a retry', () => {
  const first = attempt('d', 1, { w: 1, acks: 1, key: 'd', began: 1, ended: 2 });
  const retry = attempt('d', 3, { w: 1, acks: 2, key: 'd' });
  const attempts = [...sound.attempts.slice(0, 3), first, retry];
  assert.deepEqual(brokenClaims({ isElected: true, attempts, readings: [] }), []);
  assert.deepEqual(brokenClaims({ attempts, readings: [] }), ['lost', 'realTime']);
});

test('logs that differ in a message, in an epoch or in length break the claim of one order', () => {
  const differing = (entries: readonly SeenEntry[]): Claim[] => brokenClaims({}, [...logsOf(log).slice(0, 2), { node: 's2', entries }]);
  assert.deepEqual(differing(log.with(1, { offset: 1, epoch: 1, message: 'x' })), ['order']);
  assert.deepEqual(differing(log.with(1, { offset: 1, epoch: 2, message: 'b' })), ['order']);
  assert.deepEqual(differing(log.slice(0, 3)), ['order']);
  assert.deepEqual(brokenClaims({ readings: [] }, logsOf(log.with(3, { offset: 4, epoch: 1, message: 'd' }))), ['order']);
});

test('a message that is in the log twice is found', () => {
  const twice = [...log, { offset: 4, epoch: 1, message: 'd' }];
  assert.ok(brokenClaims({}, logsOf(twice)).includes('once'));
});

test('a message that nobody sent is found', () => {
  assert.deepEqual(brokenClaims({}, logsOf([...log, { offset: 4, epoch: 1, message: 'from nowhere' }])), ['asked']);
});

test('a rejected message that is in the log is found, unless another attempt may have stored it', () => {
  const others = sound.attempts.slice(0, 3);
  assert.deepEqual(brokenClaims({ attempts: [...others, failed('d', 'rejected')] }), ['rejected']);
  assert.deepEqual(brokenClaims({ attempts: [...others, failed('d', 'unknown'), failed('d', 'rejected')] }), []);
});

test('an append of several messages that is stored in part, or not in one piece, is found', () => {
  const many = (messages: readonly string[]): Claim[] =>
    brokenClaims({ attempts: [...sound.attempts.slice(0, 2), failed('c', 'unknown', { messages })] });
  assert.deepEqual(many(['c', 'd']), []);
  assert.deepEqual(many(['d', 'c']), ['whole']);
  assert.deepEqual(many(['c', 'd', 'e']), ['whole']);
  assert.deepEqual(many(['c', 'e']).includes('whole'), true);
});

test('an append that was sent after another was acknowledged, but comes before it in the log, is found', () => {
  const [a, , c, d] = sound.attempts;
  assert.ok(a && c && d);
  const late = (attempts: readonly Attempt[]): Claim[] => brokenClaims({ attempts, readings: [] });
  assert.deepEqual(late([a, attempt('b', 1, { began: 26, ended: 40 }), c, d]), ['realTime']);
  assert.deepEqual(late([a, attempt('b', 1, { began: 24, ended: 40 }), c, d]), [], 'they overlap');
  assert.deepEqual(late([a, failed('b', 'unknown', { began: 26 }), c, d]), ['realTime'], 'also if it was never answered');
});

test('fewer acks than w asks for are found', () => {
  const held = (w: Attempt['w'], acks: number): Claim[] => brokenClaims({ attempts: sound.attempts.with(0, attempt('a', 0, { w, acks })) });
  assert.deepEqual(held(3, 2), ['w']);
  assert.deepEqual(held('majority', 1), ['w']);
  assert.deepEqual(held(1, 1), []);
});

test('a reader that sees a gap, a repetition or a lower epoch is found', () => {
  const [first, second, third] = log;
  assert.ok(first && second && third);
  const seen = (entries: readonly SeenEntry[]): Claim[] => brokenClaims({ readings: [reading(entries, { level: 'default' })] });
  assert.deepEqual(seen([first, third]), ['dense']);
  assert.deepEqual(seen([first, second, second]), ['dense']);
  assert.deepEqual(seen([{ ...first, epoch: 2 }, second]), ['dense']);
  assert.deepEqual(brokenClaims({ readings: [reading([second], { from: 0 })] }), ['dense']);
});

test('two messages at one offset of one epoch are found, but a default reader may see an entry of another epoch', () => {
  const seen = (epoch: number): Claim[] =>
    brokenClaims({ readings: [reading([{ offset: 3, epoch, message: 'x' }], { level: 'default' })] });
  assert.deepEqual(seen(1), ['oneEntry']);
  assert.deepEqual(seen(2), []);
});

test('an entry that a committed reader saw and that is missing is found', () => {
  const seen = [{ offset: 4, epoch: 1, message: 'e' }];
  for (const level of ['committed', 'linearizable'] as const) {
    assert.deepEqual(brokenClaims({ readings: [reading(seen, { level, from: 4 })] }), ['vanished']);
  }
  assert.deepEqual(brokenClaims({ readings: [reading(seen, { level: 'default', from: 4 })] }), []);
});

test('a committed reader that sees less than before on the same start of a node is found', () => {
  const less = (changes: Partial<Reading>): Claim[] =>
    brokenClaims({ readings: [reading(log), reading(log.slice(0, 2), { began: 110, ended: 115, ...changes })] });
  assert.deepEqual(less({}), ['backwards']);
  assert.deepEqual(less({ entries: [], from: 3 }), ['backwards']);
  assert.deepEqual(less({ entries: [], from: 5 }), [], 'it may end right there');
  assert.deepEqual(less({ limit: 2 }), [], 'it asked for no more');
  assert.deepEqual(less({ start: 2 }), [], 'the node was restarted');
  assert.deepEqual(less({ node: 's2' }), [], 'another node lags');
  assert.deepEqual(less({ began: 104 }), [], 'it began before the other one ended');
});

test('a linearizable reader that misses what was acknowledged by a majority before it began is found', () => {
  const misses = (changes: Partial<Attempt>): Claim[] =>
    brokenClaims({
      attempts: sound.attempts.with(3, attempt('d', 3, changes)),
      readings: [reading(log.slice(0, 3), { level: 'linearizable' })],
    });
  assert.deepEqual(misses({}), ['stale']);
  assert.deepEqual(misses({ w: 1, acks: 1 }), [], 'no majority was asked for');
  assert.deepEqual(misses({ ended: 101 }), [], 'it was acknowledged while the reader waited');
});

test('a linearizable reader that misses what another one saw as committed is found', () => {
  const attempts = [...sound.attempts.slice(0, 3), failed('d', 'unknown')];
  const late = reading(log.slice(0, 3), { level: 'linearizable', began: 110, ended: 115 });
  assert.deepEqual(brokenClaims({ attempts, readings: [reading(log, { node: 's2' }), late] }), ['stale']);
  assert.deepEqual(brokenClaims({ attempts, readings: [reading(log, { node: 's2', level: 'default' }), late] }), []);
});

test('a refusal that this cluster has no reason for is found', () => {
  assert.deepEqual(brokenClaims({ attempts: [...sound.attempts, failed('e', 'rejected', { code: 'key-reused' })] }), ['refusal']);
});

test('an append is counted once, by the best that was heard of it', () => {
  const attempts = [
    attempt('a', 0),
    failed('b', 'unknown'),
    attempt('b', 1),
    failed('c', 'rejected'),
    failed('c', 'unknown'),
    failed('d', 'rejected'),
  ];
  assert.deepEqual(countAppends(attempts), { acknowledged: 2, unknown: 1, rejected: 1 });
});

test('the longest time without progress counts only while progress was possible', () => {
  const attempts = [5, 20, 70].map((ended, index) => attempt('a', index, { ended }));
  const stall = (...serviceable: History['serviceable']): number => longestStallMs({ attempts, serviceable });
  assert.equal(stall({ start: 0, end: 100 }), 50);
  assert.equal(stall({ start: 0, end: 30 }, { start: 60, end: 75 }), 15);
  assert.equal(stall({ start: 25, end: 60 }), 35, 'from beginning to end');
  assert.equal(stall(), 0);
});
