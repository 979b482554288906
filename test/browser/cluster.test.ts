/** The page on the real system: what a visitor sees when nodes are slow, killed, paused and cut off. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../support/wait.ts';
import { cardSays, laneSays, openTab, outcome, says, sentenceSays, write } from './support/overview.ts';
import { assertAccessible, closePage, desktop, openPage, phone, startBrowser } from './support/page.ts';
import { RealSystem, patienceMs } from './support/real-system.ts';

let browser: Browser;
let system: RealSystem;
let page: Page | undefined;

before(async () => {
  browser = await startBrowser();
  system = await RealSystem.start();
});
afterEach(async () => {
  try {
    if (page !== undefined) await closePage(page);
  } finally {
    page = undefined;
    await system.reset();
  }
});
after(async () => {
  await browser.close();
  await system[Symbol.asyncDispose]();
});

async function open(options: BrowserContextOptions = desktop): Promise<Page> {
  page = await openPage(browser, system.url, options);
  await sentenceSays(page, /^master leads epoch \d+; 3 of 3 nodes healthy/);
  return page;
}

/** Words of the newest row of the log, node by node. */
async function newestRow(on: Page): Promise<string[]> {
  return on.$$eval('.grid .body .row:last-child [role=gridcell][data-kind]', (cells) =>
    cells.map((cell) => (cell as HTMLElement).innerText.trim()),
  );
}

test('a write is answered when as many hold it as its w says, and all come to hold it', async () => {
  const on = await open();
  for (const [w, atLeast] of [
    ['1', 1],
    ['majority', 2],
    ['all', 3],
    [2, 2],
    [3, 3],
  ] as const) {
    const row = await write(on, { message: `with w=${w}`, w });
    const said = await outcome(row, 'answered');
    const holders = Number(/: (\d) nodes? holds? it/.exec(said)?.[1]);
    assert.ok(holders >= atLeast, said);
    for (const id of ['master', 'secondary1', 'secondary2']) await laneSays(row, new RegExp(`${id} [<\\d]`));
    assert.equal(await row.locator('.answered').count(), 1);
    assert.equal(await row.locator('.met').count(), 1);
  }
});

test('a secondary that the lab makes slow is seen behind, and catches up', async () => {
  const on = await open();
  await on.getByRole('combobox', { name: /Delay of secondary1/ }).selectOption('+5 s');
  await waitFor(
    'it is set',
    async () => (await system.labNodes()).some(({ id, delayMs }) => id === 'secondary1' && delayMs === 5000),
    patienceMs,
  );
  await sentenceSays(on, /3 of 3 nodes healthy/);
  await on.locator('.ends-row', { hasText: 'secondary1' }).filter({ hasText: 'up to date' }).waitFor({ timeout: patienceMs });
  const row = await write(on, { message: 'slow for one', w: 'all' });
  await says(row, /waits for secondary1: /);
  await laneSays(row, /secondary2 [<\d]/);
  await on
    .locator('.ends-row', { hasText: 'secondary1' })
    .filter({ hasText: /lacks 1 entry/ })
    .waitFor();
  await openTab(on, 'Log');
  await waitFor('the log shows that it is not there yet', async () => (await newestRow(on)).join('|').includes('not here yet'));
  await waitFor(
    'the log shows it everywhere',
    async () => (await newestRow(on)).filter((text) => text.includes('"slow for one"')).length === 3,
    patienceMs,
  );
  await openTab(on, 'Overview');
  assert.match(await outcome(row, 'answered'), /answered after [5-9]\.?\d* s: 3 nodes hold it/);
  await on.locator('.ends-row', { hasText: 'secondary1' }).filter({ hasText: 'up to date' }).waitFor({ timeout: patienceMs });
});

test('a secondary that is killed is shown gone; what asks for all waits for it and is answered when it is back', async () => {
  const on = await open();
  await system.act('secondary2', { do: 'kill' });
  await cardSays(on, 'secondary2', /down/);
  await sentenceSays(on, /^secondary2 has been down since \d\d:\d\d:\d\d\. w=all waits; w=majority works/);
  await sentenceSays(on, /master leads epoch \d+; 2 of 3 nodes healthy/);
  const forMost = await write(on, { message: 'for a majority', w: 'majority' });
  assert.match(await outcome(forMost, 'answered'), /2 nodes hold it/);
  const forAll = await write(on, { message: 'for all', w: 'all' });
  await says(forAll, /waits for secondary2: /);
  await openTab(on, 'Log');
  await waitFor('its column says so', async () => /secondary2 down/.test((await on.textContent('.grid .head')) ?? ''));
  await openTab(on, 'Overview');
  await system.act('secondary2', { do: 'start' });
  assert.match(await outcome(forAll, 'answered'), /3 nodes hold it/);
  await laneSays(forMost, /secondary2 \d/);
  await cardSays(on, 'secondary2', /healthy/);
});

for (const view of ['Overview', 'Lab'] as const) {
  test(`on ${view} the picture has buttons on each node that do what they say, by the keyboard too`, async () => {
    const on = await open();
    await openTab(on, view);
    const press = async (name: string): Promise<void> => {
      const button = on.getByRole('button', { name, exact: true });
      await button.and(on.locator(':enabled')).waitFor({ timeout: patienceMs });
      await button.focus();
      await on.keyboard.press('Enter');
    };
    await press('Kill secondary2');
    await cardSays(on, 'secondary2', /down/);
    await press('Start secondary2');
    await cardSays(on, 'secondary2', /healthy/);
    await press('Pause secondary1');
    await cardSays(on, 'secondary1', /silent/);
    await press('Resume secondary1');
    await cardSays(on, 'secondary1', /healthy/);
    await press('Cut off secondary1');
    await cardSays(on, 'secondary1', /cut off/);
    await press('Put everything back');
    await cardSays(on, 'secondary1', /healthy/);
    await on.getByLabel('More for secondary2').click();
    await press('Empty its disk: secondary2');
    await press('Really empty the disk of secondary2?');
    await cardSays(on, 'secondary2', /down/);
  });
}

test('an append that another program sends is seen while it waits, with what it wrote once it is answered; the page’s own are marked', async () => {
  const on = await open();
  await outcome(await write(on, { message: 'of this page', w: 'all' }), 'answered');
  await system.act('secondary2', { do: 'kill' });
  await sentenceSays(on, /2 of 3 nodes healthy/);
  const rowCount = await on.locator('.append-row').count();
  const appended = system.append('of another program');
  const row = on.locator('.append-row').first();
  await row.and(on.locator('[data-own="false"][data-state="under way"]')).filter({ hasText: 'not on secondary2 yet' }).waitFor();
  assert.equal(await on.locator('.append-row').count(), rowCount + 1, 'one row for each append');
  await waitFor('it waits for long enough to be drawn as long as it takes', async () => /waits: \d\.\d s/.test(await row.innerText()));
  assert.equal(await on.getByRole('button', { name: 'linear', exact: true }).getAttribute('aria-pressed'), 'true');
  await system.act('secondary2', { do: 'start' });
  await appended;
  await on
    .locator('.append-row', { hasText: '"of another program"' })
    .filter({ hasText: '3 nodes hold it' })
    .waitFor({ timeout: patienceMs });
  assert.equal(await on.locator('.append-row', { hasText: '"of another program"' }).locator('.yours').count(), 0);
  assert.equal(await on.locator('.append-row', { hasText: '"of this page"' }).locator('.yours').count(), 1);
  await on.getByRole('button', { name: 'log', exact: true }).click();
  await on.locator('.time-ticks', { hasText: '0.1 ms' }).waitFor();
});

test('the client in the picture waits until the acknowledgements that it asked for are home', async () => {
  const on = await open();
  const client = on.locator('.client-box');
  await outcome(await write(on, { message: 'for the client', w: 'all' }), 'answered');
  await client.filter({ hasText: /answered after/ }).waitFor({ timeout: patienceMs });
  await system.act('secondary2', { do: 'kill' });
  await cardSays(on, 'secondary2', /down/);
  const row = await write(on, { message: 'the client waits', w: 'all' });
  await client.and(on.locator('[data-waits="true"]')).filter({ hasText: 'waits: 2 of 3 acknowledged' }).waitFor({ timeout: patienceMs });
  assert.equal(await client.locator('.hourglass').count(), 1);
  assert.equal(await client.locator('.home[data-home="true"]').count(), 2);
  await system.act('secondary2', { do: 'start' });
  await outcome(row, 'answered');
  await client
    .and(on.locator('[data-waits="false"]'))
    .filter({ hasText: /answered after/ })
    .waitFor({ timeout: patienceMs });
  assert.equal(await client.locator('.home[data-home="true"]').count(), 3);
});

test('the picture can be paused, stepped and slowed down, says how far it is behind, and goes back to live', async () => {
  const on = await open();
  await on.getByRole('button', { name: 'Pause the picture' }).click();
  const client = on.locator('.client-box');
  await outcome(await write(on, { message: 'while it is paused', w: 'all' }), 'answered');
  await on.getByRole('button', { name: /Back to live: −\d/ }).waitFor();
  assert.match(await client.innerText(), /idle/);
  await on.getByRole('combobox', { name: 'Speed of the picture' }).selectOption('0.1');
  const step = on.getByRole('button', { name: /^Step/ });
  await waitFor('step by step it comes to the append', async () => {
    await step.click();
    return /waits: \d of 3/.test(await client.innerText());
  });
  await on.getByRole('button', { name: /Back to live/ }).click();
  await client.filter({ hasText: /answered after/ }).waitFor({ timeout: patienceMs });
  assert.equal(await on.getByRole('button', { name: /Back to live/ }).count(), 0);
  assert.equal(await step.isDisabled(), true);
});

test('for those who want less motion nothing moves, and the client says the same', async () => {
  const on = await open({ ...desktop, reducedMotion: 'reduce' });
  await outcome(await write(on, { message: 'without motion', w: 'all' }), 'answered');
  await on.locator('.client-box', { hasText: /answered after/ }).waitFor({ timeout: patienceMs });
  assert.equal(await on.locator('.dot').count(), 0);
  assert.equal(await on.getByRole('button', { name: 'Pause the picture' }).count(), 0);
  assert.equal(await on.locator('.leader-badge').evaluate((badge) => getComputedStyle(badge).transitionDuration), '0s');
});

test('an append that is not answered in time says that it may have happened, and whom it waited for', async () => {
  const on = await open();
  await system.act('secondary1', { do: 'kill' });
  await on.fill('#timeout', '0.5');
  const row = await write(on, { message: 'too late', w: 'all' });
  const said = await outcome(row, 'failed');
  assert.match(said, /concern-timeout/);
  assert.match(said, /secondary1/);
  assert.match(said, /unknown after/);
});

test('without its master the cluster is read-only, on the page too, until it is back and leads', async () => {
  const on = await open();
  const epoch = async (): Promise<number> => Number(/epoch (\d+)/.exec((await on.textContent('.sentence')) ?? '')?.[1]);
  const epochBefore = await epoch();
  await system.act('master', { do: 'kill' });
  await sentenceSays(on, /Read-only: no node leads\. master has been down since [\d:]+\. Appends are refused until it is back/);
  await cardSays(on, 'master', /down/);
  await cardSays(on, 'secondary1', /no leader/);
  const refused = await write(on, { message: 'to nobody', w: '1' });
  assert.match(await outcome(refused, 'failed'), /node-unreachable/);
  assert.match(await outcome(refused, 'failed'), /It was not stored, and will not be/);
  await system.act('master', { do: 'start' });
  await sentenceSays(on, /^master leads epoch \d+; 3 of 3 nodes healthy/);
  assert.ok((await epoch()) > epochBefore);
  assert.match(await outcome(await write(on, { message: 'to the new epoch', w: 'all' }), 'answered'), /3 nodes hold it/);
});

test('with both secondaries gone an append is refused at once, and the page says why', async () => {
  const on = await open();
  for (const id of ['secondary1', 'secondary2']) await system.act(id, { do: 'kill' });
  await sentenceSays(
    on,
    /Read-only: no majority\. secondary1 has been down since [\d:]+ and secondary2 down since [\d:]+\. Appends are refused/,
  );
  await cardSays(on, 'master', /no majority/);
  assert.match(await outcome(await write(on, { message: 'alone', w: '1' }), 'failed'), /no-quorum/);
});

test('a node that is paused is silent, one that is cut off runs unheard, and both come back', async () => {
  const on = await open();
  await system.act('secondary1', { do: 'pause' });
  await cardSays(on, 'secondary1', /silent/);
  await system.act('secondary1', { do: 'resume' });
  await cardSays(on, 'secondary1', /healthy/);
  await system.act('secondary2', { do: 'cutOff' });
  await cardSays(on, 'secondary2', /cut off/);
  await system.act('secondary2', { do: 'reconnect' });
  await cardSays(on, 'secondary2', /healthy/);
});

test('a secondary whose disk is emptied comes back with the whole log', async () => {
  const on = await open();
  await outcome(await write(on, { message: 'before the loss', w: 'all' }), 'answered');
  await system.act('secondary2', { do: 'wipe' });
  await cardSays(on, 'secondary2', /down/);
  await system.act('secondary2', { do: 'start' });
  await sentenceSays(on, /3 of 3 nodes healthy/);
  await on.locator('.ends-row', { hasText: 'secondary2' }).filter({ hasText: 'up to date' }).waitFor({ timeout: patienceMs });
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, options] of Object.entries({ desktop, phone })) {
    test(`no rule for accessibility is broken on any view: ${name}, ${colorScheme}`, async () => {
      const on = await open({ ...options, colorScheme });
      await outcome(await write(on, { message: `answered: ${name}, ${colorScheme}`, w: 'all' }), 'answered');
      await system.act('secondary2', { do: 'kill' });
      await cardSays(on, 'secondary2', /down/);
      await says(await write(on, { message: `waits: ${name}, ${colorScheme}`, w: 'all' }), /waits for secondary2: /);
      await assertAccessible(on, 'html');
      assert.equal(await overflow(on), 0, 'nothing is wider than the page');
      await openTab(on, 'Log');
      await on.waitForSelector('.grid .json');
      await assertAccessible(on, 'html');
      assert.equal(await overflow(on), 0);
      await openTab(on, 'Charts');
      await on.waitForSelector('.chart canvas');
      await assertAccessible(on, 'html');
      assert.equal(await overflow(on), 0);
      await openTab(on, 'Lab');
      await on.getByRole('button', { name: 'Start secondary2' }).waitFor();
      await assertAccessible(on, 'html');
      assert.equal(await overflow(on), 0);
    });
  }
}

/** How much wider than the window the page is. */
async function overflow(on: Page): Promise<number> {
  return on.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}
