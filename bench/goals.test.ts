import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { scenarios } from './catalogue.ts';
import { atLeast, atMost, goalLines, goalRows, verdictOn } from './goals.ts';
import type { Medium, Part } from './goals.ts';
import { Results } from './results.ts';
import { tableText } from './report/table.ts';

const measured = { median: 0.614, min: 0.58, max: 0.63, count: 4 };
const ofNats = atLeast({ goal: 1, what: 'of NATS', measured, wanted: { disk: 0.65, memory: 0.6 } });
const lines = (parts: readonly Part[], medium: Medium): readonly string[] => goalLines(parts.map((part) => verdictOn(part, medium)));

test('each row is one line: what was measured, what was wanted in that medium, and whether that is enough', () => {
  const tail = atMost({ goal: 4, what: 'p99', measured: { ...measured, median: 150, count: 1 }, unit: ' ms', wanted: { disk: 200 } });
  const ofRedis = atLeast({ goal: 1, what: 'of Redis', measured: undefined, wanted: { disk: 1.1, memory: 0.9 } });
  assert.deepEqual(lines([ofRedis, tail, ofNats], 'disk'), [
    'goal 1, 64 writers: of Redis not measured; of NATS 0.614× (0.58 to 0.63), wanted at least 0.65×: missed',
    'goal 4, one writer: p99 150 ms, wanted at most 200 ms: met',
  ]);
});

test('a goal on a disk need not be one in memory', () => {
  const onDiskOnly = atLeast({ goal: 6, what: 'of the limit', measured, wanted: { disk: 0.75 } });
  assert.deepEqual(lines([onDiskOnly, ofNats], 'memory'), [
    'goal 1, 64 writers: of NATS 0.614× (0.58 to 0.63), wanted at least 0.60×: met, rounds disagree',
    'goal 6, batches of 1 KiB messages: of the limit 0.614× (0.58 to 0.63): no goal',
  ]);
});

test('a verdict that not every round shares says so', () => {
  const part = atLeast({ goal: 9, what: 'x', measured: { median: 1.5, min: 0.2, max: 3, count: 10 }, wanted: { disk: 0.85 } });
  assert.deepEqual(verdictOn(part, 'disk'), {
    ...{ goal: 9, what: 'x', measured: part.measured, unit: '×', wanted: 'at least 0.85×' },
    ...{ outcome: 'met', isUnanimous: false },
  });
});

test('a row of which nothing was measured has no line', () => {
  assert.deepEqual(lines([atLeast({ goal: 1, what: 'x', measured: undefined, wanted: { disk: 1 } })], 'disk'), []);
});

const pagePath = fileURLToPath(new URL('GOALS.md', import.meta.url));
const tablePattern = /(?<=<!-- table -->\n\n)[^]*?(?=\n\n<!-- end -->)/;

test('the table of GOALS.md has what the scenarios judge by (REWRITE=1 writes it)', () => {
  const bound = ({ wanted, isAtLeast, unit }: Part, medium: Medium): string =>
    wanted[medium] === undefined ? '' : `${isAtLeast ? 'at least' : 'at most'} ${wanted[medium]}${unit}`;
  const parts = scenarios.flatMap((scenario) => scenario.judge(new Results()).map((part) => ({ part, scenario })));
  const rows = Object.entries(goalRows).flatMap(([goal, title]) => {
    const ofRow = parts.filter(({ part }) => part.goal === Number(goal));
    assert.ok(ofRow.length > 0, `something is measured for goal ${goal}`);
    return ofRow.map(({ part, scenario }, index) => [
      ...(index === 0 ? [goal, title] : ['', '']),
      ...[part.what, bound(part, 'disk'), bound(part, 'memory'), `\`${scenario.name}\`${scenario.isLong === true ? ' (long)' : ''}`],
    ]);
  });
  const table = tableText(['goal', 'row', 'figure', 'on disk', 'in memory', 'scenario'], rows);
  const page = readFileSync(pagePath, 'utf8');
  if (process.env['REWRITE'] === '1')
    return writeFileSync(
      pagePath,
      page.replace(tablePattern, () => table),
    );
  assert.equal(tablePattern.exec(page)?.[0], table);
});
