import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockLines } from './block.ts';
import type { BlockState, Size } from './block.ts';
import { down, viewOf } from './views.test-support.ts';

const usual = { columns: 80, rows: 24 };

function shown(state: Partial<BlockState>, size: Size = usual): string[] {
  const whole: BlockState = {
    view: viewOf({ leader: 'n1' }),
    pageUrl: 'http://localhost:5080',
    areLogsShown: false,
    writer: undefined,
    help: [],
    candidates: [],
    ...state,
  };
  return blockLines(whole, size).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
}

test('the block shows the page, the state of each node, what that means for writers, and the keys', () => {
  const view = viewOf({ leader: 'n2', epoch: 3, but: { n3: down } });
  assert.deepEqual(shown({ view }), [
    '─'.repeat(79),
    ' page http://localhost:5080',
    ' 1 n1  follows   http://127.0.0.1:5001',
    ' 2 n2  LEADS     http://127.0.0.1:5002',
    ' 3 n3  down      http://127.0.0.1:5003  press 3 to start it',
    ' Epoch 3. w=all waits for n3; w=majority works.',
    ' 1-3 kill/start  p promote  a append  l logs  o page  ? help  q quit',
  ]);
});

test('the line of a node says what is wrong with it', () => {
  const view = viewOf({
    leader: 'n1',
    ids: ['n1', 'n2', 'n3', 'n4', 'n5'],
    lagEntries: 9,
    but: { n2: { isPaused: true }, n3: { isCutOff: true }, n4: { isStarting: true }, n5: { delayMs: 1500 } },
  });
  const states = shown({ view }).slice(2, 7);
  assert.deepEqual(
    states.map((line) => line.slice(7, 17).trim()),
    ['LEADS', 'paused', 'cut off', 'starting', 'behind'],
  );
  assert.match(states[4] ?? '', /9 entries behind, delay 1\.5 s$/);
});

test('without a leader the block says whether appends wait or fail', () => {
  const summary = (view: BlockState['view']): string | undefined => shown({ view }).at(-2)?.trim();
  assert.equal(summary(viewOf({})), 'No leader yet: appends wait.');
  assert.equal(summary(viewOf({ but: { n1: down, n2: down } })), 'No majority (1 of 3 nodes): no append is acknowledged.');
  const fixed = viewOf({ coordinator: 'static', ids: ['master', 'secondary1', 'secondary2'], but: { master: down } });
  assert.equal(summary(fixed), 'No leader: appends wait until the master is back.');
});

test('the messages of the writer are counted while it runs, and its wait is shown once it is noticeable', () => {
  const writer = { acknowledged: 12, slowestMs: 431.4, waitingMs: 20 };
  assert.equal(shown({ writer }).at(-2), ' Writer (a): 12 acknowledged, the slowest after 431 ms');
  assert.match(shown({ writer: { ...writer, waitingMs: 1200 } }).at(-2) ?? '', /; now waiting for 1\.2 s$/);
});

test('no line is wider than the terminal and no block is higher, at any size, and the keys are shown while there is room', () => {
  const ids = Array.from({ length: 9 }, (_, index) => `a-node-with-a-long-name-${index}`);
  const writer = { acknowledged: 1e6, slowestMs: 1e5, waitingMs: 1e5 };
  for (const view of [viewOf({ leader: 'n1', but: { n2: down } }), viewOf({ ids, leader: ids[0] })]) {
    for (let columns = 1; columns <= 120; columns += 7) {
      for (let rows = 1; rows <= 40; rows += 1) {
        const help = Array.from({ length: 12 }, () => 'words '.repeat(20));
        const lines = shown({ view, writer, help: rows % 2 === 0 ? help : [] }, { columns, rows });
        assert.ok(lines.length <= Math.max(rows - 1, 1), `${lines.length} lines in ${rows} rows`);
        for (const line of lines) assert.ok(line.length < Math.max(columns, 2), `${line.length} in ${columns} columns`);
      }
    }
  }
  const nine = shown({ view: viewOf({ ids, leader: ids[0] }), writer }, usual);
  assert.equal(nine.length, 14, 'nine nodes leave room for sentences in 24 rows');
  assert.match(
    shown({}, { columns: 80, rows: 9 }).join('\n'),
    /^ 1 n1 LEADS {2}2 n2 follows {2}3 n3 follows$/m,
    'in few rows the nodes share one',
  );
});

test('help is shown above the block, broken between words, and never takes its place', () => {
  const help = ['a    append messages', `o    open the page${' and more'.repeat(10)}`];
  const lines = shown({ help });
  assert.deepEqual(lines.slice(0, 3), ['─'.repeat(79), 'a    append messages', `o    open the page${' and more'.repeat(6)} and`]);
  assert.deepEqual(lines.slice(4), shown({}));
  assert.deepEqual(shown({ help: Array.from({ length: 40 }, () => 'a line') }).slice(-7), shown({}));
});

test('while the user chooses the node to promote, the choice takes the place of the keys', () => {
  const candidates = [
    { key: '1', id: 'n1' },
    { key: '3', id: 'n3' },
  ];
  assert.equal(shown({ candidates }).at(-1), ' Promote which node? 1 n1  3 n3  Esc cancel');
});

test('all keys fit into 80 columns', () => {
  for (const writer of [undefined, { acknowledged: 1, slowestMs: 1, waitingMs: 0 }]) {
    for (const areLogsShown of [false, true]) assert.match(shown({ writer, areLogsShown }).at(-1) ?? '', / q quit$/);
  }
});
