/**
 * Takes the screenshots for the documents, from the real system on its usual ports: `node scripts/screenshots.ts`, once the
 * page is built. A secondary is slow, so that messages are visible in flight and an append waits.
 */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { openTab, outcome, says, sentenceSays, write } from '../test/browser/support/overview.ts';
import { closePage, openPage, startBrowser } from '../test/browser/support/page.ts';
import { RealSystem } from '../test/browser/support/real-system.ts';
import { waitFor } from '../test/support/wait.ts';
import { smallPng } from './small-png.ts';

const folder = new URL('../docs/images/', import.meta.url);
const bytesMax = 200 * 1024;
/** Long enough for everything in the picture, even on a busy machine. */
const delayMs = 8000;

mkdirSync(folder, { recursive: true });
await using system = await RealSystem.start({ ports: [5000, 5001, 5002, 5080] });
await using browser = await startBrowser();
const page = await openPage(browser, system.url, { viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
await takeOverview(page);
await takeLab(page);
await closePage(page);

async function takeOverview(on: Page): Promise<void> {
  for (const message of [{ order: 1204, city: 'Lviv' }, 'Hello', ['a', 2, null], { order: 1205, city: 'Odesa', paid: true }]) {
    await system.append(message);
  }
  await system.act('secondary2', { do: 'delay', delayMs });
  await system.isWhole();
  await sentenceSays(on, /3 of 3 nodes healthy/);
  await outcome(await write(on, { message: 'for all', w: 'all' }), 'answered');
  const waiting = await write(on, { message: 'for all again', w: 'all' });
  await says(waiting, /waits for secondary2: /);
  await outcome(await write(on, { message: 'for most', w: 'majority' }), 'answered');
  await outcome(await write(on, { message: 'for one', w: '1' }), 'answered');
  await outcome(waiting, 'under way');
  await take(on, 'overview');
}

/** A finished experiment, below the nodes. */
async function takeLab(on: Page): Promise<void> {
  await system.reset();
  await openTab(on, 'Lab');
  await on.getByRole('button', { name: 'Write concern' }).click();
  await on.getByRole('radio', { name: /w=1 at once, w=2 after about 1 s, w=3 after about 2 s/ }).check({ force: true });
  await on.getByRole('button', { name: 'Run it' }).click();
  await on.locator('.experiment .verdict').waitFor({ timeout: 120_000 });
  assert.equal(await on.locator('.checks li:not([data-holds="true"])').count(), 0);
  await waitFor('all nodes are back', async () => (await on.locator('.node-card[data-tone="good"]').count()) === 3);
  await take(on, 'lab');
}

async function take(on: Page, name: string): Promise<void> {
  const png = smallPng(await on.screenshot({ fullPage: true }));
  writeFileSync(new URL(`${name}.png`, folder), png);
  assert.ok(png.length <= bytesMax, `${name} has ${png.length} bytes`);
}
