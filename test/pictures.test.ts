/** The pictures of the documents: small, complete, and without references to anything else. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { drawFailover } from '../scripts/failover-drawing.ts';
import { repository } from './support/nodes.ts';

const folder = join(repository, 'docs/images');
const bytesMax = 2_000_000;

const story = {
  killed: 'n1',
  elected: 'n3',
  asked: 'n2',
  epochs: [1, 2],
  pollMs: 271,
  leadsMs: 328,
  answeredMs: 354,
  caughtUpMs: 900,
  countBefore: 3,
  countAfter: 3,
} as const;

test('no picture has more than 2 MB, and an animated one needs no script and no other file', () => {
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    assert.ok(bytes.length <= bytesMax, name);
    if (name.endsWith('.svg')) assert.doesNotMatch(bytes.toString('utf8'), /<script|<image|<foreignObject|href|@import|url\(/, name);
  }
});

test('the picture of a failover shows the story that it is given, and every animation that it uses is defined', () => {
  const picture = drawFailover(story);
  for (const words of ['n3 leads · 328 ms', 'n3 asks: may I lead? · 271 ms', 'Answered after 354 ms', 'leader, epoch 2']) {
    assert.ok(picture.includes(words), words);
  }
  const used = new Set([...picture.matchAll(/class="[^"]*\b(m\d+)"/g)].map(([, name]) => name));
  const defined = new Set([...picture.matchAll(/@keyframes (m\d+)\{/g)].map(([, name]) => name));
  assert.deepEqual(used, defined);
  // Browsers drop a whole rule if its keyframes are not in order.
  for (const [, frames = ''] of picture.matchAll(/@keyframes m\d+\{((?:[\d.]+%\{[^}]*\})+)\}/g)) {
    const moments = [...frames.matchAll(/([\d.]+)%\{/g)].map(([, percent]) => Number(percent));
    assert.deepEqual(
      moments,
      moments.toSorted((one, other) => one - other),
    );
  }
});

test('the picture can also show the node that got the waiting append as the new leader', () => {
  assert.ok(drawFailover({ ...story, elected: 'n2' }).includes('n2 leads · 328 ms'));
});
