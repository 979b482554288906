import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityEvent } from '../../api/activity.ts';
import type { WriteConcern } from '../../api/entries.ts';
import { ActivityHistories } from './activity-histories.ts';
import { allRows } from './append-row-model.ts';
import { appendWords, placeText } from './append-words.ts';
import type { AppendWords } from './append-words.ts';
import { OtherAppends } from './other-appends.ts';

const members = ['n1', 'n2', 'n3'];

/** Frames of n1, whose clock is a hundred seconds ahead of the page's; times here are the page's. */
class Stand {
  now = 1000;
  readonly histories = new ActivityHistories();
  readonly others = new OtherAppends({ now: () => this.now, histories: this.histories });

  constructor() {
    this.others.setCluster('n1', members);
    this.frame();
  }

  frame(...moments: readonly ActivityEvent[]): void {
    this.histories.take('n1', moments);
    this.others.takeFrame('n1', { at: this.now + 100_000, moments });
  }

  get newestWords(): AppendWords {
    const [row] = this.others.rows;
    assert.ok(row !== undefined);
    return appendWords(row, { now: this.now, before: 0 });
  }

  get told(): string[] {
    return this.others.rows.map((row) => `${placeText(row)}: ${appendWords(row, { now: this.now, before: 0 }).headline}`);
  }
}

function placed(start: number, end: number, at: number): ActivityEvent {
  return { kind: 'placed', start, end, at: at + 100_000 };
}

function held(node: string, end: number, at: number): ActivityEvent {
  return { kind: 'held', node, end, at: at + 100_000 };
}

function answered(offset: number | null, at: number, { w = 'all', code = null, acks = 3 }: Partial<Answer> = {}): ActivityEvent {
  return { kind: 'answered', offset, at: at + 100_000, ms: 5, acks, w, code };
}

interface Answer {
  readonly w: WriteConcern;
  readonly code: 'concern-timeout' | null;
  readonly acks: number;
}

test('what somebody else appends is seen while it waits, and with its answer', () => {
  const stand = new Stand();
  stand.frame(placed(0, 1, 1000), held('n1', 1, 1002), held('n2', 1, 1003));
  stand.now = 3000;
  assert.deepEqual(stand.told, ['offset 0: waits: 2.0 s…']);
  assert.equal(stand.newestWords.detail, 'not on n3 yet');
  stand.frame(held('n3', 1, 3000), answered(0, 3001));
  assert.deepEqual(stand.told, ['offset 0, w=all: answered after 2.0 s: 3 nodes hold it']);
  assert.deepEqual(
    stand.others.rows[0]?.timeline?.held.map(({ node, ms }) => [node, ms]),
    [
      ['n1', 2],
      ['n2', 3],
      ['n3', 2000],
    ],
  );
});

test('appends that went as one batch are told apart once they are answered', () => {
  const stand = new Stand();
  stand.frame(placed(0, 5, 1000), answered(0, 1010, { w: 1, acks: 1 }), answered(1, 1010, { w: 2, acks: 2 }));
  assert.deepEqual(stand.told, [
    'offsets 1 to 4, w=2: answered after 10.0 ms: 2 nodes hold it',
    'offset 0, w=1: answered after 10.0 ms: 1 node holds it',
  ]);
});

test('an append that was answered with a problem says whether it may be in the log', () => {
  const stand = new Stand();
  stand.frame(placed(0, 1, 1000), answered(0, 1500, { code: 'concern-timeout', acks: 2 }));
  const words = stand.newestWords;
  assert.equal(words.code, 'concern-timeout');
  assert.match(words.headline, /^unknown after/);
  assert.equal(words.detail, 'it was on 2 nodes then. It is in the log; whether it stays there is not certain yet.');
});

test('an answer that was not told is not waited for for ever', () => {
  const stand = new Stand();
  stand.frame(placed(0, 1, 1000), held('n1', 1, 1001), held('n2', 1, 1001), held('n3', 1, 1001));
  stand.frame();
  stand.now = 6000;
  stand.frame();
  assert.deepEqual(stand.told, ['offset 0: its answer was not seen here']);
});

test('who leads no more answers nobody', () => {
  const stand = new Stand();
  stand.frame(placed(0, 1, 1000));
  stand.others.setCluster('n2', members);
  assert.deepEqual(stand.told, ['offset 0: its answer was not seen here']);
});

test('an answer whose placing was not told is a row all the same; markers and refusals are none', () => {
  const stand = new Stand();
  stand.frame(placed(7, 7, 1000), answered(null, 1000), answered(7, 1010));
  assert.deepEqual(stand.told, ['offset 7, w=all: answered: 3 nodes hold it']);
});

test('what this page sent itself is shown once', () => {
  const stand = new Stand();
  stand.frame(placed(0, 1, 1000), placed(1, 2, 1001));
  const [second, first] = stand.others.rows;
  assert.ok(first !== undefined && second !== undefined);
  const own = { ...first, id: 99, isOwn: true, sentAt: 990 };
  assert.deepEqual(
    allRows([own], stand.others.rows).map(({ id }) => id),
    [second.id, 99],
  );
  const ofAnotherLeader = { ...own, leaderId: 'n2' };
  assert.equal(allRows([ofAnotherLeader], stand.others.rows).length, 3, 'the offset was given anew');
  assert.equal(allRows([{ ...ofAnotherLeader, state: 'answered' }], stand.others.rows).length, 2);
});

test('a busy log keeps a page no more rows than can be shown', () => {
  const stand = new Stand();
  stand.frame(...Array.from({ length: 200 }, (_, index) => placed(index, index + 1, 1000 + index)));
  assert.equal(stand.others.rows.length, 30);
  assert.equal(stand.others.rows[0]?.span?.start, 199);
});
