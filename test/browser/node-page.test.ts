/** The page as a node serves it, without the lab. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startThree } from '../support/nodes.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { cardSays, openTab, outcome, sentenceSays, write } from './support/overview.ts';
import { assertAccessible, closePage, desktop, openPage, startBrowser } from './support/page.ts';

let browser: Browser;
let nodes: ThreeNodes;

before(async () => {
  browser = await startBrowser();
  nodes = await startThree();
});
after(async () => {
  await browser.close();
  await nodes.cluster[Symbol.asyncDispose]();
});

for (const name of ['master', 's1'] as const) {
  test(`the page of ${name} shows the cluster and takes writes, and has no lab`, async () => {
    const page = await openPage(browser, `${nodes[name].url}/`);
    await sentenceSays(page, /^master leads epoch 1; 3 of 3 nodes healthy/);
    assert.match((await page.textContent('.connection')) ?? '', new RegExp(`live from ${name}`));
    assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['Overview', 'Log', 'Charts']);
    for (const id of ['master', 's1', 's2']) await cardSays(page, id, /leads|healthy/);
    const message = `through the page of ${name}`;
    assert.match(await outcome(await write(page, { message, w: 'all' }), 'answered'), /3 nodes hold it/);
    await page.selectOption('#through', name);
    assert.match(await outcome(await write(page, { message: `${message} itself`, w: 'all' }), 'answered'), /3 nodes hold it/);
    await assertAccessible(page, 'html');
    await openTab(page, 'Log');
    await page.locator('.grid .json', { hasText: message }).first().waitFor();
    await closePage(page);
  });
}

test('the page of a node that ends says that it lost its connection, and goes on when the node is back', async () => {
  const page = await openPage(browser, `${nodes.s2.url}/`, desktop, { losesServer: true });
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await nodes.s2.kill();
  await sentenceSays(page, /lost its connection/);
  await nodes.s2.start();
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await closePage(page);
});
