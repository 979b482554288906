/** The page in a browser, on the real system: a visitor's first steps. test/browser tests everything else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromiumPath, noChromium } from '../browser/support/chromium.ts';
import { cardSays, laneSays, outcome, says, sentenceSays, write } from '../browser/support/overview.ts';
import { assertAccessible, closePage, openPage, startBrowser } from '../browser/support/page.ts';
import { RealSystem } from '../browser/support/real-system.ts';

test('a visitor of the page writes, kills a secondary, and sees that a write waits for it until it is back', async (t) => {
  if (chromiumPath() === undefined) return t.skip(noChromium);
  await using system = await RealSystem.start();
  await using browser = await startBrowser();
  const page = await openPage(browser, system.url);
  await sentenceSays(page, /3 of 3 nodes healthy/);
  assert.match(await outcome(await write(page, { message: 'with all', w: 'all' }), 'answered'), /3 nodes hold it/);
  await system.act('secondary2', { do: 'kill' });
  await cardSays(page, 'secondary2', /down/);
  const waiting = await write(page, { message: 'while one is down', w: 'all' });
  await says(waiting, /waits for secondary2: /);
  await laneSays(waiting, /secondary2 not yet/);
  await assertAccessible(page, 'html');
  await system.act('secondary2', { do: 'start' });
  assert.match(await outcome(waiting, 'answered'), /3 nodes hold it/);
  await closePage(page);
});
