import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lines } from './lines.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesOf(text: string, size = 1000): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(chunksOf(Buffer.from(text), size))) found.push(line.toString('utf8'));
  return found;
}

test('a line ends at a newline and nowhere else, not at U+2028, U+2029, U+0085 or a lone carriage return', async () => {
  assert.deepEqual(await linesOf('a\u2028b\u2029c\u0085d\re\nf\n'), ['a\u2028b\u2029c\u0085d\re', 'f']);
  assert.deepEqual(await linesOf('a\r\nb\r\r\n\r\n\nlast'), ['a', 'b\r', '', '', 'last']);
  assert.deepEqual(await linesOf(''), []);
  assert.deepEqual(await linesOf('\n'), ['']);
});

test('lines are the same however the bytes are split, even in the middle of a character', async () => {
  const line = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\n') && !text.endsWith('\r'));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), async (given, size) => {
      const text = given.map((each) => `${each}\n`).join('');
      assert.deepEqual(
        await linesOf(text, size),
        given.map((each) => Buffer.from(each).toString('utf8')),
      );
    }),
    { numRuns: 30 },
  );
});
