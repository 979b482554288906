import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, anyoneWithoutProof, callerText, callerWithSecret, isAnyone, isTokenName, mayDo, readCaller } from './caller.ts';
import type { Scope } from './caller.ts';

test('admin includes the others, and append does not include read', () => {
  const may = (...granted: Scope[]): boolean[] =>
    (['read', 'append', 'admin'] as const).map((scope) => mayDo({ name: 'x', scopes: granted }, scope));
  assert.deepEqual(may('read'), [true, false, false]);
  assert.deepEqual(may('append'), [false, true, false]);
  assert.deepEqual(may('read', 'append'), [true, true, false]);
  assert.deepEqual(may('admin'), [true, true, true]);
  assert.deepEqual(may(), [false, false, false]);
});

test('a caller comes out of a header as it went in, and whoever showed nothing never with rights', () => {
  for (const caller of [{ name: 'ops-laptop', scopes: ['read', 'append'] } as const, callerWithSecret('n2'), callerWithSecret(undefined)]) {
    assert.deepEqual(readCaller(callerText(caller)), caller);
  }
  for (const caller of [anyone, anyoneWithoutProof]) {
    assert.equal(callerText(caller), 'anyone');
    const read = readCaller(callerText(caller));
    assert.ok(read !== undefined && isAnyone(read));
  }
});

test('a header of another form names nobody', () => {
  for (const text of ['', 'x', 'x;', 'x;write', 'x;read,', 'x;read;append', 'x y;read', 'anyone;admin', 'x;read, append']) {
    assert.equal(readCaller(text), undefined, text);
  }
});

test('a node that asks for itself is no token, whatever it calls itself', () => {
  assert.deepEqual([callerWithSecret('n2').name, callerWithSecret('a;admin').name], ['node:n2', 'cluster-secret']);
  assert.deepEqual(['ops', 'anyone', 'cluster-secret', 'node:n2', 'a b'].map(isTokenName), [true, false, false, false, false]);
});
