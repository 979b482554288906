import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogError } from '../../api/problems.ts';
import { readTogether, readTogetherAnswer, togetherAnswer, togetherPart } from './together.ts';
import type { RequestAmong } from './together.ts';

const requests: fc.Arbitrary<RequestAmong> = fc.record(
  {
    target: fc.string({ maxLength: 40 }),
    headers: fc.array(fc.string({ maxLength: 20 }), { maxLength: 6 }),
    body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);

const bytesOf = (list: readonly RequestAmong[]): Buffer => Buffer.concat(list.flatMap(togetherPart));

test('a leader reads what was forwarded together, whatever bytes a body has', () => {
  fc.assert(
    fc.property(fc.array(requests, { minLength: 1, maxLength: 5 }), (list) => {
      assert.deepEqual(readTogether(bytesOf(list)), list);
    }),
  );
});

test('what is cut off or changed is refused as a whole, or is read as other requests; nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.array(requests, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(255), (list, where, byte) => {
      const bytes = bytesOf(list);
      assert.throws(() => readTogether(bytes.subarray(0, bytes.length - 1)), { code: 'bad-request' });
      bytes[where % bytes.length] = byte;
      try {
        assert.ok(readTogether(bytes).length >= 1);
      } catch (error) {
        assert.equal((error as LogError).code, 'bad-request');
      }
    }),
  );
});

test('a line that no node writes is refused', () => {
  const read = (line: string): number => readTogether(Buffer.from(`${line}\n{}\n`)).length;
  assert.equal(read('[2,"/messages"]'), 1);
  for (const wrong of [
    ...['', '{}', '7', 'null', '[]', '[2]', '[2,7]', '["2","/messages"]', '[2,"/messages",7]', '[2,"/messages"', '[2,"/messages",null]'],
    ...['[1,"/messages"]', '[3,"/messages"]', '[-1,"/messages"]', '[1.5,"/messages"]', '[1e300,"/messages"]'],
  ])
    assert.throws(() => read(wrong), { code: 'bad-request' }, wrong);
  for (const nothing of ['', '\n', '[2,"/messages"]', '[2,"/messages"]\n{}']) {
    assert.throws(() => readTogether(Buffer.from(nothing)), { code: 'bad-request' }, nothing);
  }
});

test('an answer is for one of them, with its status and its body', () => {
  assert.deepEqual(readTogetherAnswer(togetherAnswer(3, 201, '{"offset":7}\n')), { index: 3, status: 201, body: { offset: 7 } });
  for (const odd of ['', '7', 'null', '[]', '["0",201,{}]', '[0,null,{}]', '[-1,201,{}]', '[0,201,{}', '{"offset":1}'])
    assert.equal(readTogetherAnswer(odd), undefined, odd);
});
