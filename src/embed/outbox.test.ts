import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachMessage } from '../protocol/packed-messages.ts';
import { gather } from './outbox.ts';
import type { AskedAppend } from './outbox.ts';

const plain: Omit<AskedAppend, 'texts'> = { w: undefined, timeoutMs: undefined, key: undefined, keys: undefined, traceparent: undefined };

function groupsOf(appends: readonly AskedAppend[]) {
  const { groups, bytes } = gather(appends, 7);
  let at = 0;
  return groups.map(({ group, appends: own }) => {
    const messages: string[] = [];
    const part = Buffer.from(bytes.subarray(at, at + group.byteCount));
    eachMessage({ count: 0, bytes: part }, (start, end) => messages.push(part.toString('utf8', start, end)));
    at += group.byteCount;
    const { id, counts, key, keys } = group;
    return { id, counts, messages, own: own.length, key, keys };
  });
}

test('appends of one turn that are alike go as one, in their order, laid out as in a batch', () => {
  const appends = [['"a"'], ['"ä€😀"', '{"b":1}'], ['null']].map((texts) => ({ ...plain, texts }));
  const [group, ...more] = groupsOf(appends);
  assert.deepEqual([group?.id, group?.counts, group?.own, more], [7, [1, 2, 1], 3, []]);
  assert.deepEqual(group?.messages, ['"a"', '"ä€😀"', '{"b":1}', 'null']);
});

test('another write concern or time begins another group, keys share one, and an append in a trace is alone', () => {
  const appends: AskedAppend[] = [
    { ...plain, texts: ['1'] },
    { ...plain, texts: ['2'], w: 1 },
    { ...plain, texts: ['3'], w: 1 },
    { ...plain, texts: ['4'], w: 1, key: 'k' },
    { ...plain, texts: ['5'], w: 1, key: 'l' },
    { ...plain, texts: ['6', '7'], w: 1, key: 'm' },
    { ...plain, texts: ['8'], w: 1, keys: ['n'] },
    { ...plain, texts: ['9'], w: 1, traceparent: 't' },
    { ...plain, texts: ['10'], w: 1, timeoutMs: 5 },
  ];
  const groups = groupsOf(appends);
  assert.deepEqual(
    groups.map(({ messages }) => messages),
    [['1'], ['2', '3'], ['4', '5'], ['6', '7'], ['8'], ['9'], ['10']],
  );
  assert.deepEqual(
    groups.map(({ id }) => id),
    [7, 8, 9, 10, 11, 12, 13],
  );
  assert.deepEqual(
    groups.map(({ key, keys }) => [key, keys]),
    [
      [undefined, undefined],
      [undefined, undefined],
      [undefined, ['k', 'l']],
      ['m', undefined],
      [undefined, ['n']],
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

test('a group has at most 4,096 messages and 4 MiB, but one append is never split', () => {
  const many = Array.from({ length: 5000 }, () => ({ ...plain, texts: ['1'] }));
  assert.deepEqual(
    groupsOf(many).map(({ own }) => own),
    [4096, 904],
  );
  const large = JSON.stringify('x'.repeat(3 * 1024 * 1024));
  assert.deepEqual(
    groupsOf([large, large, '1'].map((text) => ({ ...plain, texts: [text] }))).map(({ own }) => own),
    [1, 2],
  );
  const [only] = groupsOf([{ ...plain, texts: Array.from({ length: 9000 }, () => '1') }]);
  assert.deepEqual(only?.counts, [9000]);
});
