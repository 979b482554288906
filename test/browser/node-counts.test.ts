/** The lab with other than three nodes: experiments are told for the nodes that there are, or why they cannot be done. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { perform, titlesOffered } from './support/experiment.ts';
import { openTab, sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, openPage, startBrowser } from './support/page.ts';
import { RealSystem } from './support/real-system.ts';

let browser: Browser;
let system: RealSystem | undefined;
let page: Page | undefined;

before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());
afterEach(async () => {
  try {
    if (page !== undefined) await closePage(page);
  } finally {
    page = undefined;
    await system?.[Symbol.asyncDispose]();
    system = undefined;
  }
});

async function openLab(nodeCount: number, args: readonly string[] = []): Promise<Page> {
  system = await RealSystem.start({ nodeCount, args });
  page = await openPage(browser, system.url);
  await sentenceSays(page, new RegExp(`${nodeCount} of ${nodeCount} nodes healthy`));
  await openTab(page, 'Lab');
  return page;
}

test('with a master and four secondaries an experiment takes its roles from what is there', async () => {
  const on = await openLab(5);
  assert.match(
    await perform(on, 'Write concern', 'w=1 at once, w=3 after about 1 s, w=5 after about 2 s.'),
    /^As you expected\. w=1 at once, w=3/,
  );
  const said = await on.locator('.experiment').innerText();
  assert.match(said, /secondary1 and secondary2 store everything 1 s late, secondary3 and secondary4 store everything 2 s late\./);
  assert.match(said, /All 5 nodes are healthy/);
  await system?.isWhole();
});

test('with five equal nodes the others elect a leader', async () => {
  const on = await openLab(5, ['--ha']);
  const came = await perform(on, 'Kill the leader', 'None for a moment, then “created”: the other nodes have elected a leader.');
  assert.match(came, /^As you expected\./);
  await system?.isWhole();
});

test('with two nodes, what cannot be done is listed with the reason', async () => {
  const on = await openLab(2);
  assert.ok((await titlesOffered(on)).includes('Blocking replication'));
  const blocking = on.getByRole('button', { name: 'Blocking replication' });
  assert.equal(await blocking.isDisabled(), true);
  assert.match(
    (await on.locator('.experiment-list li', { has: blocking }).innerText()) ?? '',
    /Needs three nodes: with two, neither may be/,
  );
  assert.equal(await on.getByRole('button', { name: 'No quorum' }).isEnabled(), true);
  await on.getByRole('heading', { name: 'A slow secondary' }).waitFor();
  await assertAccessible(on, 'html');
  await on.goto(`${system?.url}#lab?predict=blocking`);
  await on.getByText('“Blocking replication” cannot be done in this lab. Needs three nodes').waitFor();
});
