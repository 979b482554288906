import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StepQueue, stepBytes } from './steps.ts';
import type { Steps } from './steps.ts';

test('short work is done at once, and long work begins only when all long work before it is done', async () => {
  const queue = new StepQueue();
  const story: string[] = [];
  function* work(name: string, steps: number): Steps<string> {
    for (let step = 1; step < steps; step += 1) {
      story.push(`${name} ${step}`);
      yield;
    }
    story.push(`${name} is through`);
    return name;
  }
  const long = [queue.run(work('a', 3), 3 * stepBytes), queue.run(work('b', 2), 2 * stepBytes)];
  assert.equal(queue.run(work('short', 1), 10), 'short');
  assert.deepEqual(story, ['short is through']);
  assert.deepEqual([await long[0], await long[1]], ['a', 'b']);
  assert.deepEqual(story.slice(1), ['a 1', 'a 2', 'a is through', 'b 1', 'b is through']);
});

test('work that fails does not make other work fail', async () => {
  const queue = new StepQueue();
  function* fails(): Steps<never> {
    yield;
    throw new Error('wrong');
  }
  function* works(): Steps<string> {
    yield;
    return 'right';
  }
  const failing = queue.run(fails(), 2 * stepBytes);
  const other = queue.run(works(), 2 * stepBytes);
  await assert.rejects(async () => failing, /wrong/);
  assert.equal(await other, 'right');
});
