import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonOf } from './plain-json.ts';

class Order {
  readonly id = 7;
  readonly at = new Date(0);
  readonly note = undefined;
}

test('JSON values, and objects that become JSON values, are written as JSON', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(jsonOf(value), JSON.stringify(value))));
  assert.equal(jsonOf(new Order()), '{"id":7,"at":"1970-01-01T00:00:00.000Z"}');
  assert.equal(jsonOf({ toJSON: () => [1, { a: null }] }), '[1,{"a":null}]');
  assert.equal(jsonOf(Object.assign(Object.create(null) as object, { a: 1 })), '{"a":1}');
});

test('what JSON would silently change is refused, and the message says where it is', () => {
  const cases: [unknown, string][] = [
    [Number.NaN, 'message is NaN, which JSON cannot hold'],
    [[0, [Number.NEGATIVE_INFINITY]], 'message[1][0] is -Infinity, which JSON cannot hold'],
    [{ a: { b: new Map([[1, 2]]) } }, 'message.a.b is a Map, which JSON cannot hold'],
    [new Set([1]), 'message is a Set, which JSON cannot hold'],
    [[undefined], 'message[0] is undefined, which JSON cannot hold'],
    [{ f: () => 1 }, 'message.f is a function, which JSON cannot hold'],
    [{ at: new Date(Number.NaN) }, 'message.at is an invalid Date, which JSON cannot hold'],
    [Promise.resolve(1), 'message is a Promise, which JSON cannot hold'],
    [new Error('x'), 'message is a Error, which JSON cannot hold'],
    [/x/, 'message is a RegExp, which JSON cannot hold'],
    [new Uint8Array(2), 'message is a Uint8Array, which JSON cannot hold'],
    [{ toJSON: () => ({ n: Number.NaN }) }, 'message.n is NaN, which JSON cannot hold'],
    [undefined, 'a message must be a JSON value, not undefined'],
    [Symbol('x'), 'a message must be a JSON value, not a symbol'],
  ];
  for (const [value, message] of cases) assert.throws(() => jsonOf(value), { name: 'TypeError', message });
});

test('what has no end, or is a BigInt, is refused as JSON refuses it', () => {
  const endless: { self?: unknown } = {};
  endless.self = endless;
  assert.throws(() => jsonOf(endless), TypeError);
  assert.throws(() => jsonOf({ n: 1n }), TypeError);
});
