/** The page of a node that has tokens. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { openTab, outcome, sentenceSays, write } from './support/overview.ts';
import { assertAccessible, closePage, openPage, startBrowser } from './support/page.ts';

const tokens = { read: 'token-that-may-read-0001', append: 'token-that-may-append-02', admin: 'token-that-may-do-all-03' } as const;

const cluster = new TestCluster();
const file = join(cluster.folder, 'tokens');
let browser: Browser;
let node: TestNode;

function allow(...scopes: readonly (keyof typeof tokens)[]): void {
  writeFileSync(file, scopes.map((scope) => `of-${scope} ${scope} ${tokens[scope]}\n`).join(''));
}

before(async () => {
  allow('read', 'append', 'admin');
  browser = await startBrowser();
  node = await cluster.add({ kind: 'master', port: await freePort(), env: { API_TOKENS_FILE: file } }).start();
  await isReady(node);
});

after(async () => {
  await browser.close();
  await cluster[Symbol.asyncDispose]();
});

async function give(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Use it' }).click();
}

function asks(page: Page, text: string): Promise<void> {
  return page.locator('.token-prompt', { hasText: text }).waitFor();
}

test('the page asks for a token, says what is wrong with one, and then shows the cluster; no token is in a URL', async () => {
  const urls: string[] = [];
  const page = await openPage(browser, `${node.url}/`);
  page.on('request', (request) => urls.push(request.url()));
  await asks(page, 'This log asks for a token.');
  await assertAccessible(page, 'html');
  await give(page, 'token-of-nobody-at-all-5');
  await asks(page, 'This log does not know that token.');
  await give(page, tokens.append);
  await asks(page, 'That token may not read.');
  await give(page, tokens.admin);
  await sentenceSays(page, /^master leads epoch 1/);
  await assertAccessible(page, 'html');
  assert.match(await outcome(await write(page, { message: 'with a token', w: '1' }), 'answered'), /1 node holds it/);
  await openTab(page, 'Log');
  await page.locator('.grid .json', { hasText: 'with a token' }).first().waitFor();
  for (const token of Object.values(tokens)) assert.ok(urls.every((url) => !url.includes(token)));
  assert.ok(urls.some((url) => url.endsWith('/activities')));
  await closePage(page);
});

test('the page keeps its token while its tab is open, until it is told to forget it', async () => {
  const page = await openPage(browser, `${node.url}/`);
  await give(page, tokens.read);
  await sentenceSays(page, /^master leads epoch 1/);
  await page.reload();
  await sentenceSays(page, /^master leads epoch 1/);
  const refused = await outcome(await write(page, { message: 'may not', w: '1' }), 'failed');
  assert.match(refused, /scope/);
  await page.getByRole('button', { name: 'Forget the token' }).click();
  await asks(page, 'This log asks for a token.');
  const other = await page.context().newPage();
  await other.goto(`${node.url}/`);
  await asks(other, 'This log asks for a token.');
  await closePage(page);
});

test('a page whose token is taken away asks for another one, and goes on with it', async () => {
  const page = await openPage(browser, `${node.url}/`);
  await give(page, tokens.read);
  await sentenceSays(page, /^master leads epoch 1/);
  allow('admin');
  await asks(page, 'This log does not know that token.');
  await give(page, tokens.admin);
  await sentenceSays(page, /^master leads epoch 1/);
  await closePage(page);
});
