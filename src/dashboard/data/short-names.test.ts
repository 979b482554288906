import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortNames } from './short-names.ts';

function short(...ids: string[]): string[] {
  return [...shortNames(ids).values()];
}

test('short names stay as they are', () => {
  assert.deepEqual(short('master', 'secondary1', 'secondary2'), ['master', 'secondary1', 'secondary2']);
});

test('what all names end with is left out, and what they begin with if there is still something to read', () => {
  assert.deepEqual(short('replicated-log-0.replicated-log.default', 'replicated-log-1.replicated-log.default'), [
    'replicated-log-0',
    'replicated-log-1',
  ]);
  assert.deepEqual(short('production-replicated-log-10', 'production-replicated-log-11'), ['log-10', 'log-11']);
  assert.deepEqual(short('eu-west-1.storage.example.com', 'us-east-2.storage.example.com'), ['eu-west-1', 'us-east-2']);
});

test('of names that share nothing the middle is left out', () => {
  assert.deepEqual(short('the-first-of-our-machines', 'another-machine-in-the-cellar'), ['the-firs…-machines', 'another-…he-cellar']);
  assert.deepEqual(short('a-single-node-with-a-long-name'), ['a-single…long-name']);
});

test('two names never look alike', () => {
  const alike = ['aaaaaaaaaaaaX-the-machine', 'aaaaaaaaaaaaY-the-machine'];
  assert.deepEqual(short(...alike), alike);
});
