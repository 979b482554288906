import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendAnswer } from '../../api/entries.ts';
import { Problem } from '../data/problem.ts';
import type { ActivityEvent } from '../../api/activity.ts';
import { AppendTracker } from './append-tracker.ts';
import type { AppendOrder } from './append-tracker.ts';
import { appendWords } from './append-words.ts';
import { ActivityHistories } from './activity-histories.ts';

const members = ['n1', 'n2', 'n3'];
const order: AppendOrder = { messages: ['"a"'], w: 'all', timeoutMs: 5000, nodeId: 'n1' };

/** A tracker whose answers and time the test gives. */
class Stand {
  now = 1000;
  readonly asked: { readonly answer: (answer: AppendAnswer) => void; readonly fail: (error: Error) => void }[] = [];
  readonly histories = new ActivityHistories();
  readonly tracker = new AppendTracker({
    append: (_nodeId, { signal }) =>
      new Promise((answer, fail) => {
        signal?.addEventListener('abort', () => fail(new DOMException('given up', 'AbortError')));
        this.asked.push({ answer, fail });
      }),
    now: () => this.now,
    histories: this.histories,
    soon: (callback) => callback(),
  });

  constructor() {
    this.tracker.setCluster('n1', members);
    this.frame();
  }

  /** The node's clock is a hundred seconds ahead of the page's. */
  frame(...moments: readonly ActivityEvent[]): void {
    this.histories.take('n1', moments);
    this.tracker.takeFrame('n1', { at: this.now + 100_000, moments });
  }

  async answer(index: number, offset: number): Promise<void> {
    this.asked[index]?.answer({ offset, w: 'all', acks: 3, epoch: 1 });
    await settled();
  }

  get states(): string[] {
    return this.tracker.rows.map(({ state }) => state);
  }

  words(id: number): string {
    const row = this.tracker.rows.find((each) => each.id === id);
    assert.ok(row);
    return appendWords(row, { now: this.now, before: 0 }).headline;
  }
}

/** Until what was promised has been heard. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('at most three are under way, the others stand in line in their order', async () => {
  const stand = new Stand();
  stand.tracker.order([order, order, order, order, order]);
  assert.equal(stand.asked.length, 3);
  assert.deepEqual(stand.states, ['in line', 'in line', 'under way', 'under way', 'under way']);
  await stand.answer(1, 7);
  assert.equal(stand.asked.length, 4);
  assert.deepEqual(stand.states, ['in line', 'under way', 'under way', 'answered', 'under way']);
});

test('an append that waits says for whom, before its offset is known', () => {
  const stand = new Stand();
  stand.tracker.order([order]);
  stand.now += 300;
  assert.equal(stand.words(1), 'sent to n1: 300 ms…');
  stand.frame(
    { at: 101_001, kind: 'placed', start: 7, end: 8 },
    { at: 101_002, kind: 'held', node: 'n1', end: 8 },
    { at: 101_003, kind: 'held', node: 'n3', end: 8 },
  );
  stand.now += 1100;
  assert.equal(stand.words(1), 'waits for n2: 1.4 s…');
});

test('an append that was not answered in time says for whom it waited', async () => {
  const stand = new Stand();
  stand.tracker.order([order]);
  stand.now += 5000;
  stand.asked[0]?.fail(
    new Problem({
      code: 'concern-timeout',
      title: 'Not enough nodes confirmed it in time',
      detail: 'stored at offset 7',
      outcome: 'unknown',
      status: 504,
      facts: { offset: 7, waitingFor: ['n2', 'n3'] },
    }),
  );
  await settled();
  const [row] = stand.tracker.rows;
  assert.ok(row);
  const { headline, detail } = appendWords(row, { now: stand.now, before: 0 });
  assert.equal(headline, 'unknown after 5.0 s');
  assert.equal(detail, 'stored at offset 7; it waited for n2 and n3. It is in the log; whether it stays there is not certain yet.');
});

test('a placing from before it was sent is not taken for it', () => {
  const stand = new Stand();
  stand.frame({ at: 100_900, kind: 'placed', start: 6, end: 7 });
  stand.tracker.order([order]);
  stand.frame({ at: 100_950, kind: 'held', node: 'n1', end: 7 });
  assert.equal(stand.tracker.rows[0]?.timeline, undefined);
});

test('an answer tells where it lies, whatever was thought before', async () => {
  const stand = new Stand();
  stand.tracker.order([order]);
  stand.frame({ at: 101_001, kind: 'placed', start: 7, end: 8 }, { at: 101_002, kind: 'placed', start: 8, end: 9 });
  assert.deepEqual(stand.tracker.rows[0]?.span, { start: 7, end: 8 });
  stand.now += 20;
  await stand.answer(0, 8);
  const [row] = stand.tracker.rows;
  assert.deepEqual(row?.span, { start: 8, end: 9 });
  assert.equal(row?.roundTripMs, 20);
});

test('a slow node is still looked after when the answer is there', async () => {
  const stand = new Stand();
  stand.tracker.order([{ ...order, w: 1 }]);
  stand.frame({ at: 101_001, kind: 'placed', start: 7, end: 8 }, { at: 101_002, kind: 'held', node: 'n1', end: 8 });
  await stand.answer(0, 7);
  stand.now += 2000;
  stand.frame({ at: 103_001, kind: 'held', node: 'n2', end: 8 });
  assert.deepEqual(stand.tracker.rows[0]?.timeline?.held.at(-1), { node: 'n2', ms: 2000 });
});

test('a refusal keeps no place in the log, and is told with its reason', async () => {
  const stand = new Stand();
  stand.tracker.order([order]);
  stand.frame({ at: 101_001, kind: 'placed', start: 7, end: 8 });
  const parts = {
    code: 'no-quorum',
    title: 'Too few members are healthy to accept appends',
    detail: 'waits',
    outcome: 'rejected' as const,
  };
  stand.asked[0]?.fail(new Problem({ ...parts, status: 503, facts: {} }));
  await settled();
  const [row] = stand.tracker.rows;
  assert.equal(row?.state, 'failed');
  assert.equal(row?.span, undefined);
  assert.equal(row?.timeline, undefined);
  assert.ok(row !== undefined);
  assert.equal(appendWords(row, { now: 0, before: 0 }).detail, 'waits. It was not stored, and will not be.');
});

test('a timeout keeps its place: it may still happen', async () => {
  const stand = new Stand();
  stand.tracker.order([order]);
  stand.frame({ at: 101_001, kind: 'placed', start: 7, end: 8 }, { at: 101_002, kind: 'held', node: 'n1', end: 8 });
  const parts = {
    code: 'concern-timeout',
    title: 'Not enough nodes confirmed it in time',
    detail: 'held by 1',
    outcome: 'unknown' as const,
  };
  stand.asked[0]?.fail(new Problem({ ...parts, status: 504, facts: { offset: 7, acks: 1, waitingFor: ['n2', 'n3'] } }));
  await settled();
  assert.deepEqual(stand.tracker.rows[0]?.span, { start: 7, end: 8 });
  assert.equal(stand.tracker.rows[0]?.timeline?.held.length, 1);
});

test('who gives up makes room for the next', async () => {
  const stand = new Stand();
  stand.tracker.order([order, order, order, order]);
  stand.tracker.giveUp(2);
  await settled();
  assert.deepEqual(stand.states, ['under way', 'under way', 'given up', 'under way']);
});

test('a cleared line leaves what is under way', () => {
  const stand = new Stand();
  stand.tracker.order([order, order, order, order, order]);
  stand.tracker.clearLine();
  assert.deepEqual(stand.states, ['under way', 'under way', 'under way']);
});

test('the last thirty are kept', async () => {
  const stand = new Stand();
  for (let turn = 0; turn < 40; turn += 1) {
    stand.tracker.order([order]);
    await stand.answer(turn, turn);
  }
  assert.equal(stand.tracker.rows.length, 30);
  assert.equal(stand.tracker.rows[0]?.id, 40);
});
