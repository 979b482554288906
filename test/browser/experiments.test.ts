/** The experiments of the lab with a fixed leader, each run to its end in a browser on the real nodes. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { experimentMs, perform, titlesOffered } from './support/experiment.ts';
import { openTab, sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, openPage, startBrowser } from './support/page.ts';
import { RealSystem } from './support/real-system.ts';

/** By their titles: what somebody chooses who knows how it comes out. */
const comesTrue = {
  'Blocking replication': 'None until secondary2 is back. Then “created”.',
  'Write concern': 'w=1 at once, w=2 after about 1 s, w=3 after about 2 s.',
  'A slow secondary': 'After about 2 s: all wait at the same time.',
  'A lost secondary catches up': 'All six, in the order in which they were written.',
  'The master loses its disk': 'Both messages: the master fetches them from the secondaries before it leads.',
  'No quorum': 'A refusal, at once.',
};

let browser: Browser;
let system: RealSystem;
let page: Page;

before(async () => {
  browser = await startBrowser();
  system = await RealSystem.start({ args: ['--delays', '0,0.1'] });
  page = await openPage(browser, system.url);
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await openTab(page, 'Lab');
});
after(async () => {
  try {
    await closePage(page);
  } finally {
    await browser.close();
    await system[Symbol.asyncDispose]();
  }
});

async function everythingIsBack(): Promise<void> {
  for (const { id, isRunning, isPaused, isCutOff, delayMs } of await system.labNodes()) {
    const state = { isRunning, isPaused, isCutOff, delayMs };
    assert.deepEqual(state, { isRunning: true, isPaused: false, isCutOff: false, delayMs: id === 'secondary2' ? 100 : 0 }, id);
  }
  await system.isWhole();
  await sentenceSays(page, /^master leads epoch \d+; 3 of 3 nodes healthy/);
}

for (const [title, choice] of Object.entries(comesTrue)) {
  test(`“${title}” comes out as the log promises, and the nodes are given back as they were, with the delay of the start`, async () => {
    assert.match(await perform(page, title, choice), /^As you expected\./);
    await everythingIsBack();
  });
}

test('these are all the experiments there are', async () => {
  assert.deepEqual(await titlesOffered(page), Object.keys(comesTrue));
});

test('who expected something else is told so; what is shown breaks no rule for accessibility', async () => {
  await page.getByRole('button', { name: 'No quorum' }).click();
  await page.getByRole('button', { name: 'Once more' }).click();
  assert.match(await perform(page, 'No quorum', 'None until a secondary is back.'), /^Not as you expected\. A refusal, at once\.$/);
  await assertAccessible(page, 'html');
  await everythingIsBack();
});

test('an experiment that is stopped gives the nodes back as they were', async () => {
  await page.getByRole('button', { name: 'Once more' }).click();
  await page.getByRole('radio', { name: 'A refusal, at once.', exact: true }).check({ force: true });
  await page.getByRole('button', { name: 'Run it' }).click();
  await page
    .locator('.step', { hasText: 'secondary1 is killed' })
    .and(page.locator('[data-state="done"]'))
    .waitFor({ timeout: experimentMs });
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.experiment .verdict', { hasText: 'Stopped.' }).waitFor({ timeout: experimentMs });
  await everythingIsBack();
});
