/** The page on equal nodes that elect their leader: what a visitor sees when it is another one. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { waitFor } from '../support/wait.ts';
import { perform, titlesOffered } from './support/experiment.ts';
import { openTab, sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, openPage, startBrowser } from './support/page.ts';
import { RealSystem, patienceMs } from './support/real-system.ts';

/** By their titles: what somebody chooses who knows how it comes out. */
const comesTrue = {
  'Kill the leader': 'None for a moment, then “created”: the other nodes have elected a leader.',
  'Pause the leader': 'It cannot be committed in the old epoch: it comes after “B”, or its writer is told that it failed.',
  'Cut the leader off': 'Only “C”: that side has a majority.',
  'Hand over': 'None.',
  'A disk that forgets': 'A new one: it notices that something is missing, fetches everything, and counts only after that.',
};

let browser: Browser;
let system: RealSystem;
let page: Page;

before(async () => {
  browser = await startBrowser();
  system = await RealSystem.start({ args: ['--ha'] });
  page = await openPage(browser, system.url);
  await sentenceSays(page, /3 of 3 nodes healthy/);
});
after(async () => {
  try {
    await closePage(page);
  } finally {
    await browser.close();
    await system[Symbol.asyncDispose]();
  }
});

/** How far the badge is from this node's card. */
async function badgeDistance(id: string): Promise<number> {
  const card = await page
    .locator('.node-card')
    .filter({ has: page.getByText(id, { exact: true }) })
    .boundingBox();
  const badge = await page.locator('.leader-badge').boundingBox();
  assert.ok(card !== null && badge !== null);
  return Math.hypot(card.x - badge.x, card.y - badge.y);
}

test('when the leader is killed the badge moves to the next one; its epoch stands among the appends and in the band', async () => {
  const first = await system.leader();
  await system.append('in the first epoch');
  await page.locator('.append-row', { hasText: '"in the first epoch"' }).waitFor({ timeout: patienceMs });
  const places = await page
    .locator('.node-card')
    .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).style.transform + card.getAttribute('style')));
  await page.getByRole('button', { name: `Kill ${first}`, exact: true }).click();
  const badge = page.locator('.leader-badge');
  await waitFor('the page says that another one leads', async () => {
    const leader = /(n\d) leads epoch/.exec((await page.textContent('.sentence')) ?? '')?.[1];
    return leader !== undefined && leader !== first;
  });
  const second = await system.leader();
  assert.notEqual(second, first);
  await page.waitForFunction(() => document.querySelector('.leader-badge')?.getAnimations().length === 0);
  assert.match(await badge.innerText(), /leader, epoch \d/);
  assert.ok((await badgeDistance(second)) < 40);
  assert.ok((await badgeDistance(first)) > 60);
  const placesNow = await page
    .locator('.node-card')
    .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).style.transform + card.getAttribute('style')));
  assert.deepEqual(placesNow, places, 'the nodes keep their places');
  await page.getByRole('button', { name: `Start ${first}`, exact: true }).click();
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await system.append('in the next epoch');
  await page.locator('.append-row', { hasText: '"in the next epoch"' }).waitFor({ timeout: patienceMs });
  assert.match(await page.locator('.epoch-line').first().innerText(), new RegExp(`epoch \\d+: ${second} leads, after .* without a leader`));
  const bands = await page.locator('.epoch-band').evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['kind']));
  assert.deepEqual(bands, ['led', 'leaderless', 'led']);
  await assertAccessible(page, 'html');
  await openTab(page, 'Lab');
  await assertAccessible(page, 'html');
});

for (const [title, choice] of Object.entries(comesTrue)) {
  test(`“${title}” comes out as the log promises`, async () => {
    await openTab(page, 'Lab');
    assert.match(await perform(page, title, choice), /^As you expected\./);
    await system.isWhole();
  });
}

test('these are the experiments that make sense where nodes elect their leader', async () => {
  assert.deepEqual(await titlesOffered(page), Object.keys(comesTrue));
});

test('an experiment gives back what somebody had done to the nodes before', async () => {
  const leader = await system.leader();
  const [slow = '', down = ''] = (await system.labNodes()).map(({ id }) => id).filter((id) => id !== leader);
  await system.act(slow, { do: 'delay', delayMs: 500 });
  await system.isWhole();
  await system.act(down, { do: 'kill' });
  await page.getByRole('button', { name: 'Once more' }).click();
  await perform(page, 'Hand over', 'None.');
  const nodes = await system.labNodes();
  assert.equal(nodes.find(({ id }) => id === slow)?.delayMs, 500);
  assert.equal(nodes.find(({ id }) => id === down)?.isRunning, false);
  await page.getByRole('button', { name: 'Put everything back' }).click();
  await system.isWhole();
});
