/** Runs an experiment of the lab, as a visitor does. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** The slowest waits for delayed nodes to hold a log. */
export const experimentMs = 120_000;

/** Runs it to its end. @returns what came of it */
export async function perform(page: Page, title: string, predicted: string): Promise<string> {
  await page.getByRole('button', { name: title }).click();
  await page.getByRole('heading', { name: title }).waitFor();
  await page.getByRole('radio', { name: predicted, exact: true }).check({ force: true });
  await page.getByRole('button', { name: 'Run it' }).click();
  const verdict = page.locator('.experiment .verdict');
  await verdict.first().waitFor({ timeout: experimentMs });
  const said = await page.locator('.experiment').innerText();
  assert.equal(await verdict.count(), 1, said);
  assert.notEqual(await page.locator('.checks li').count(), 0, said);
  assert.equal(await page.locator('.checks li:not([data-holds="true"]), .step:not([data-state="done"])').count(), 0, said);
  return verdict.innerText();
}

export async function titlesOffered(page: Page): Promise<string[]> {
  const titles = await page.locator('.experiment-list button').allInnerTexts();
  return titles.map((text) => text.replace(/^\d+\s+/, ''));
}
