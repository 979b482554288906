/** The client in a page of another origin than the nodes', as docs/client.md has it. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { repository, startEqual } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { recipe } from '../support/recipes.ts';
import { chromiumPath, noChromium } from './support/chromium.ts';
import { startBrowser } from './support/page.ts';

/** Serves the page, and the client's files as a build would. */
function serve(port: number, page: string): AsyncDisposable {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const found = /^\/((?:client|api)\/[\w-]+)\.(?:js|ts)$/.exec(path)?.[1];
    if (found === undefined) return void response.writeHead(path === '/' ? 200 : 404, { 'content-type': 'text/html' }).end(page);
    readFile(join(repository, 'src', `${found}.ts`), 'utf8').then(
      (source) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(stripTypeScriptTypes(source)),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(port);
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test('a page of an allowed origin appends and follows', async (t) => {
  if (chromiumPath() === undefined) return t.skip(noChromium);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await using cluster = await startEqual(1, { CORS_ORIGINS: origin });
  const url = cluster.nodes[0]?.url ?? '';
  await using _ = serve(port, recipe('page.html').replace('http://localhost:5000', url));
  await using browser = await startBrowser();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(origin);
  await page.locator('input').fill('from the page');
  await page.getByRole('button', { name: 'Append' }).click();
  await page.getByText('"from the page"').waitFor();
  await new LogClient({ urls: url }).append({ from: 'Node' });
  await page.getByText('{"from":"Node"}').waitFor();
  assert.deepEqual(await page.locator('li').allInnerTexts(), ['"from the page"', '{"from":"Node"}']);
  assert.deepEqual(errors, []);
});
