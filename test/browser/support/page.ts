/** A browser with the page in it, as the tests look at it. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumPath, noChromium } from './chromium.ts';

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What many of them show. */
export const projector: BrowserContextOptions = { viewport: { width: 1024, height: 768 } };

export async function startBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(noChromium);
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** What goes wrong on the page goes wrong in the test: see `closePage`. */
const errors = new WeakMap<Page, string[]>();

/** @param losesServer - the test ends who served the page, so requests may find nobody, and the page may turn to another node */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = desktop,
  { losesServer = false }: { readonly losesServer?: boolean } = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen: string[] = [];
  errors.set(page, seen);
  page.on('pageerror', (error) => seen.push(String(error)));
  page.on('console', (message) => {
    // The browser itself reports what was refused, which tests bring about.
    const isAboutRefusal = message
      .text()
      .startsWith(`Failed to load resource: ${losesServer ? '' : 'the server responded with a status of'}`);
    if (message.type() === 'error' && !isAboutRefusal) seen.push(message.text());
  });
  page.on('response', (response) => {
    // Nothing that is missing or broken is ever asked for; the page shows what else is refused.
    if ([404, 500].includes(response.status())) seen.push(`${response.status()}: ${response.request().method()} ${response.url()}`);
  });
  const { origin } = new URL(url);
  page.on('request', (request) => {
    const asked = new URL(request.url());
    // Data and blobs are the page's own.
    if (!losesServer && asked.protocol.startsWith('http') && asked.origin !== origin)
      seen.push(`request to another host: ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Fails with every error of the page, and every request that it made to anybody but who served it. */
export async function closePage(page: Page): Promise<void> {
  assert.deepEqual(errors.get(page), []);
  await page.context().close();
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Fails with every rule for accessibility that this part of the page breaks. */
export async function assertAccessible(page: Page, selector: string): Promise<void> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  const broken = await page.evaluate(async (within) => {
    // Put there by the line above.
    const { axe } = globalThis as unknown as { axe: { run: (within: string) => Promise<{ violations: AxeViolation[] }> } };
    const { violations } = await axe.run(within);
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, selector);
  assert.deepEqual(broken, []);
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}
