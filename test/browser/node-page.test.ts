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
    const title = await page.title();
    assert.match((await page.textContent('.connection')) ?? '', new RegExp(`live from ${name}`));
    assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['Overview', 'Log', 'Charts', 'Nodes']);
    for (const id of ['master', 's1', 's2']) await cardSays(page, id, /leads|healthy/);
    const message = `through the page of ${name}`;
    assert.match(await outcome(await write(page, { message, w: 'all' }), 'answered'), /3 nodes hold it/);
    await page.selectOption('#through', name);
    assert.match(await outcome(await write(page, { message: `${message} itself`, w: 'all' }), 'answered'), /3 nodes hold it/);
    await assertAccessible(page, 'html');
    const markup = '<b>bold</b><img src=x onerror="document.title=1">';
    await outcome(await write(page, { message: markup, w: 'all' }), 'answered');
    await openTab(page, 'Log');
    await page.locator('.grid .json', { hasText: '<b>bold</b>' }).first().waitFor();
    assert.deepEqual([await page.locator('.grid :is(img, b)').count(), await page.title()], [0, title]);
    await page.locator('.grid .json', { hasText: message }).first().waitFor();
    await closePage(page);
  });
}

test('eight tabs at one node all load, and from each can be written', async () => {
  const first = await openPage(browser, `${nodes.master.url}/`);
  const tabs = [first];
  for (let n = 1; n < 8; n += 1) {
    const tab = await first.context().newPage();
    await tab.goto(`${nodes.master.url}/`);
    tabs.push(tab);
  }
  for (const [index, tab] of [...tabs.entries()].toReversed()) {
    await tab.bringToFront();
    await tab.locator('h1').click();
    await sentenceSays(tab, /3 of 3 nodes healthy/);
    await outcome(await write(tab, { message: `from tab ${index}`, w: 'all' }), 'answered');
  }
  await closePage(first);
});

test('the page of a node that is stopped says within three seconds that it hears nothing, marks what it shows as old, and goes on', async () => {
  const page = await openPage(browser, `${nodes.s1.url}/`, desktop, { losesServer: true });
  await sentenceSays(page, /3 of 3 nodes healthy/);
  nodes.s1.signal('SIGSTOP');
  const stoppedAt = performance.now();
  await sentenceSays(page, /No contact with s1 since \d\d:\d\d:\d\d\. What is shown below is from then/);
  assert.ok(performance.now() - stoppedAt < 3500, `took ${performance.now() - stoppedAt} ms`);
  assert.match((await page.textContent('.connection')) ?? '', /no contact since \d\d:\d\d:\d\d/);
  assert.equal(await page.locator('.page[data-old]').count(), 1);
  await page.getByRole('button', { name: 'Stay here' }).click();
  await assertAccessible(page, 'html');
  nodes.s1.signal('SIGCONT');
  await sentenceSays(page, /3 of 3 nodes healthy/);
  assert.equal(await page.locator('.page[data-old]').count(), 0);
  assert.equal(new URL(page.url()).origin, nodes.s1.url, 'who stays is not turned away');
  await closePage(page);
});

test('the page of a node that ends turns to another node, and shows the same view there', async () => {
  const page = await openPage(browser, `${nodes.s2.url}/#log`, desktop, { losesServer: true });
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await nodes.s2.kill();
  await sentenceSays(page, /No contact with s2/);
  await sentenceSays(page, /^s2 (is|has been) down.*w=all waits; w=majority works.*2 of 3 nodes healthy/);
  assert.match(page.url(), new RegExp(`:${nodes.master.spec.port}/#log$`));
  await nodes.s2.start();
  await sentenceSays(page, /3 of 3 nodes healthy/);
  await closePage(page);
});
