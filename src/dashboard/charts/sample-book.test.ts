import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleBook } from './sample-book.ts';
import { sampleAt } from './sample.test-support.ts';

function story(book: SampleBook): string[] {
  return book.leading().map(({ at, nodeId, epoch }) => `${at / 1000} ${nodeId} ${epoch}`);
}

test('the story goes on with the next leader', () => {
  const book = new SampleBook();
  book.add('a', [sampleAt(1), sampleAt(2), sampleAt(5, { role: 'follower', epoch: 2 })]);
  book.add('b', [sampleAt(2, { role: 'follower' }), sampleAt(4, { epoch: 2 }), sampleAt(5, { epoch: 2 })]);
  assert.deepEqual(story(book), ['1 a 1', '2 a 1', '4 b 2', '5 b 2']);
});

test('of two that say they lead the higher epoch counts', () => {
  const book = new SampleBook();
  book.add('old', [sampleAt(1), sampleAt(2.1), sampleAt(3.1)]);
  book.add('new', [sampleAt(2, { epoch: 2 }), sampleAt(3, { epoch: 2 })]);
  assert.deepEqual(story(book), ['1 old 1', '2 new 2', '3 new 2']);
});

test('a sample that is told twice counts once', () => {
  const book = new SampleBook();
  book.add('a', [sampleAt(1), sampleAt(2)]);
  book.add('a', [sampleAt(2), sampleAt(3)]);
  assert.equal(book.leading().length, 3);
});

test('what is older than fifteen minutes is forgotten', () => {
  const book = new SampleBook();
  book.add('a', [sampleAt(0), sampleAt(100), sampleAt(950)]);
  assert.deepEqual(story(book), ['100 a 1', '950 a 1']);
});
