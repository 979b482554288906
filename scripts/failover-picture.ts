/** Causes a failover and makes the README's animated picture of it: `node scripts/failover-picture.ts`. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { drawFailover } from './failover-drawing.ts';
import { recordFailover } from './failover-story.ts';

const bytesMax = 2_000_000;

const story = await recordFailover();
const picture = drawFailover(story);
assert.ok(Buffer.byteLength(picture) <= bytesMax, `${picture.length} characters`);
writeFileSync(new URL('../docs/images/failover.svg', import.meta.url), picture);
process.stdout.write(`${JSON.stringify(story)}\n`);
