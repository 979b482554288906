import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadText, lineBatches } from './line-batches.ts';
import type { LineBatch } from './line-batches.ts';

async function* given(lines: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const line of lines) yield await Promise.resolve(Buffer.from(line));
}

async function batchesOf(
  lines: readonly (string | Buffer)[],
  fromLine = 1,
  encode = (text: string): string => JSON.stringify(text),
): Promise<LineBatch[]> {
  const batches: LineBatch[] = [];
  for await (const batch of lineBatches(given(lines), { encode, fromLine })) batches.push(batch);
  return batches;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_unused, n) => `line ${n + 1}`);
const shapeOf = (batches: readonly LineBatch[]): number[][] => batches.map(({ firstLine, texts }) => [firstLine, texts.length]);

test('a batch ends at every thousandth line, wherever the reading begins', async () => {
  assert.deepEqual(shapeOf(await batchesOf(numbered(2500))), [
    [1, 1000],
    [1001, 1000],
    [2001, 500],
  ]);
  for (const fromLine of [1001, 1002, 2000])
    assert.deepEqual(await batchesOf(numbered(2500), fromLine), (await batchesOf(numbered(2500))).slice(1), String(fromLine));
  assert.deepEqual(shapeOf(await batchesOf(numbered(2000))), [
    [1, 1000],
    [1001, 1000],
  ]);
  assert.deepEqual(await batchesOf([]), []);
  assert.deepEqual(await batchesOf(numbered(10), 1001), []);
});

test('a batch ends before it would be larger than 1 MiB, at the same line whenever it is read', async () => {
  const lines = numbered(1200).map((line, index) => (index % 400 === 5 ? line.padEnd(600_000) : line));
  const all = await batchesOf(lines);
  assert.deepEqual(shapeOf(all), [
    [1, 405],
    [406, 400],
    [806, 195],
    [1001, 200],
  ]);
  assert.deepEqual(await batchesOf(lines, 700), all);
  assert.deepEqual(await batchesOf(lines, 1100), all.slice(3));
});

test('a bad line is reported with its number, and nothing of its batch is yielded', async () => {
  const encode = (text: string): string => {
    if (text === 'bad') throw new BadText('is bad');
    return text;
  };
  const read: LineBatch[] = [];
  const reading = async (lines: readonly (string | Buffer)[]): Promise<void> => {
    for await (const batch of lineBatches(given(lines), { encode })) read.push(batch);
  };
  await assert.rejects(reading([...numbered(1100), 'bad', 'good']), { name: 'BadLine', line: 1101, message: 'line 1101 is bad' });
  assert.deepEqual(shapeOf(read), [[1, 1000]]);
  await assert.rejects(reading(['a', Buffer.from([0xff])]), { message: 'line 2 is not UTF-8' });
});

test('a byte order mark before the first line is not part of the line', async () => {
  assert.deepEqual(await batchesOf(['\uFEFFa', '\uFEFFb']), [{ firstLine: 1, texts: ['"a"', '"\uFEFFb"'] }]);
});
