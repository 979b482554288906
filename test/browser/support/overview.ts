/** What a visitor does and sees on the page's Overview. */

import type { Locator, Page } from 'playwright-core';
import { patienceMs } from './real-system.ts';

export type WriteConcernChoice = '1' | 'majority' | 'all' | number;

export async function openTab(page: Page, name: 'Overview' | 'Log' | 'Charts' | 'Nodes' | 'Lab'): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click();
}

/** @param message - not used before, so that its row is found. @returns its row among the appends */
export async function write(page: Page, { message, w }: { readonly message: string; readonly w: WriteConcernChoice }): Promise<Locator> {
  await page.fill('#message', message);
  const choice = typeof w === 'number' ? 'number' : w;
  await page.getByRole('radio', { name: choice, exact: true }).check({ force: true });
  if (typeof w === 'number') await page.getByRole('spinbutton', { name: 'How many nodes' }).fill(String(w));
  await page.getByRole('button', { name: 'Append', exact: true }).click();
  const row = page.locator('.append-row').filter({ has: page.getByText(JSON.stringify(message), { exact: true }) });
  await row.waitFor();
  return row;
}

/** Waits until it is in this state. @returns what is said of it */
export async function outcome(row: Locator, state: 'answered' | 'failed' | 'under way'): Promise<string> {
  await row.and(row.page().locator(`[data-state="${state}"]`)).waitFor({ timeout: patienceMs });
  return row.locator('.append-words').innerText();
}

/** Waits until this is said of it, whatever state it is in. */
export async function says(row: Locator, words: RegExp): Promise<void> {
  await row.locator('.append-words', { hasText: words }).waitFor({ timeout: patienceMs });
}

/** Waits until its timeline says this of a node. */
export async function laneSays(row: Locator, words: RegExp): Promise<void> {
  await row.locator('.lane', { hasText: words }).first().waitFor({ timeout: patienceMs });
}

/** Waits until the picture has a node like this: its name and what is said of it. */
export async function cardSays(page: Page, id: string, words: RegExp): Promise<void> {
  const card = page.locator('.node-card').filter({ has: page.getByText(id, { exact: true }) });
  await card.filter({ hasText: words }).waitFor({ timeout: patienceMs });
}

/** Waits until the sentence above all views says this of the cluster. */
export async function sentenceSays(page: Page, words: RegExp): Promise<void> {
  await page.locator('.sentence', { hasText: words }).waitFor({ timeout: patienceMs });
}
