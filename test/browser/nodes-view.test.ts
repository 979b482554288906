/** The nodes in detail, and what happened to them: first on nodes that are made up, then on the real system. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../support/wait.ts';
import { FakeOrigin } from './support/fake-origin.ts';
import { openTab, sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, desktop, openPage, phone, projector, startBrowser } from './support/page.ts';
import { RealSystem, patienceMs } from './support/real-system.ts';

let browser: Browser;
let origin: FakeOrigin | undefined;
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
    await origin?.stop();
    origin = undefined;
  }
});

async function openNodes(options: BrowserContextOptions = desktop) {
  const made = new FakeOrigin({ entryCount: 1000 });
  origin = made;
  const [leader, , last] = made.nodes;
  if (leader === undefined || last === undefined) throw new Error('too few nodes');
  const minuteAgo = Date.now() - 60_000;
  leader.events = [
    { at: minuteAgo - 1000, level: 'info', event: 'epoch.began', facts: { epoch: 1, logEnd: 0 } },
    { at: minuteAgo, level: 'warn', event: 'health.changed', facts: { member: last.id, health: 'unhealthy', before: 'suspected' } },
  ];
  last.goneReason = 'connection refused';
  page = await openPage(browser, `${await made.start()}#nodes`, options);
  await page.waitForSelector('.node-detail');
  return { on: page, made, minuteAgo };
}

async function detail(on: Page, id: string): Promise<string> {
  return on
    .locator('.node-detail')
    .filter({ has: on.getByText(id, { exact: true }) })
    .innerText();
}

async function events(on: Page): Promise<string[]> {
  return on.$$eval('.event-list li', (items) => items.map((item) => (item as HTMLElement).innerText.replaceAll('\n', ' ')));
}

test('a page that is opened later says who is down, since when, what follows, and what happened before', async () => {
  const { on, minuteAgo } = await openNodes();
  const at = await on.evaluate((ms) => new Date(ms).toTimeString().slice(0, 8), minuteAgo);
  await sentenceSays(on, new RegExp(`^secondary2 has been down since ${at}\\. w=all waits; w=majority works`));
  const happened = await events(on);
  assert.match(happened[0] ?? '', new RegExp(`${at}.*master lost contact with secondary2`));
  assert.match(happened[1] ?? '', /Epoch 1 began: master leads/);
});

test('of each node there is what an operator asks for', async () => {
  const { on } = await openNodes();
  assert.match(await detail(on, 'master'), /Last contact\s+now/);
  for (const words of [
    /Address\s+http:\/\/secondary1\.test/,
    /Epoch\s+1\n/,
    /Version\s+0\.0\.0/,
    /Storage id\s+disk of secondary1/,
    /Disk free\s+12\.0 GB of 40\.0 GB/,
  ])
    assert.match(await detail(on, 'secondary1'), words);
});

test('what is shown of a node that went is of its last word, and is marked as old', async () => {
  const { on, made } = await openNodes();
  made.node('secondary1').goneReason = 'connection refused';
  made.tell();
  await on.locator('.node-detail[data-old]').filter({ hasText: 'secondary1' }).waitFor();
  const said = await detail(on, 'secondary1');
  assert.match(said, /No contact since \d\d:\d\d:\d\d\. This is what it said last/);
  assert.match(said, /Last contact\s+\d\d:\d\d:\d\d, (now|\d+ s ago): connection refused/);
  assert.match(said, /Version\s+0\.0\.0/);
  await waitFor('it is listed', async () => /secondary1 went down/.test((await events(on))[0] ?? ''));
});

test('all of it can be copied as text', async () => {
  const { on } = await openNodes();
  await on.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await on.getByRole('button', { name: 'Copy all of this as text' }).click();
  await on.getByText('Copied', { exact: true }).waitFor();
  const copied = await on.evaluate(() => navigator.clipboard.readText());
  assert.match(
    copied,
    /^secondary2 has been down since .*\n.*\n\nmaster\n {2}Last contact: now\n[^]*Storage id: disk of master[^]*master lost contact with secondary2\n$/,
  );
});

for (const [name, options] of Object.entries({ desktop, projector, phone })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`no rule for accessibility is broken: ${name}, ${colorScheme}`, async () => {
      const { on } = await openNodes({ ...options, colorScheme });
      await on.locator('.event-list li').first().waitFor();
      await assertAccessible(on, 'html');
    });
  }
}

test('the list of events and the copying are reached with the keyboard', async () => {
  const { on } = await openNodes();
  await on.getByRole('tab', { name: 'Nodes' }).focus();
  const reached: string[] = [];
  for (let step = 0; step < 4; step += 1) {
    await on.keyboard.press('Tab');
    reached.push(await on.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''));
  }
  assert.ok(reached.includes('Copy all of this as text') && reached.includes('What happened, the newest first'), reached.join(' | '));
});

test('a node that is killed and started, and a leader that comes back, are told as they happen and to who comes later', async () => {
  await using over = new AsyncDisposableStack();
  const system = over.use(await RealSystem.start());
  const on = over.adopt(await openPage(browser, system.url), closePage);
  await openTab(on, 'Nodes');
  await system.act('secondary2', { do: 'kill' });
  await waitFor('it is told', async () => (await events(on)).some((text) => /secondary2 went down/.test(text)), patienceMs);
  await system.act('secondary2', { do: 'start' });
  await system.isWhole();
  await waitFor('it is told', async () => (await events(on)).some((text) => /secondary2 was started/.test(text)), patienceMs);
  await system.act('master', { do: 'kill' });
  await waitFor('it is told', async () => (await events(on)).some((text) => /master went down/.test(text)), patienceMs);
  await system.act('master', { do: 'start' });
  await sentenceSays(on, /^master leads epoch 2; 3 of 3 nodes healthy/);
  await waitFor('it is told', async () => (await events(on)).some((text) => /Epoch 2 began: master leads/.test(text)), patienceMs);
  await on.reload();
  await waitFor(
    'who comes later is told, by those that were there',
    async () => {
      const all = (await events(on)).join('\n');
      return /Epoch 2 began: master leads[^]*master was started[^]*lost contact with its leader, master/.test(all);
    },
    patienceMs,
  );
});
