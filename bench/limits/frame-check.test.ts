import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameCheck, frameOf } from './frame-check.ts';

const frames = Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.alloc(0)), frameOf(Buffer.alloc(300, 'two'))]);

test('frames are checked however they are cut', () => {
  for (let size = 1; size <= frames.length; size += 1) {
    const check = new FrameCheck();
    for (let at = 0; at < frames.length; at += size) check.push(frames.subarray(at, at + size));
    check.end();
  }
});

test('a byte that changed on its way is found, and so is an end that is missing', () => {
  const spoiled = Buffer.from(frames);
  spoiled[spoiled.length - 40] = (spoiled[spoiled.length - 40] ?? 0) ^ 1;
  assert.throws(() => new FrameCheck().push(spoiled), /not those that were sent/);
  const check = new FrameCheck();
  check.push(frames.subarray(0, frames.length - 1));
  assert.throws(() => check.end(), /not complete/);
});
