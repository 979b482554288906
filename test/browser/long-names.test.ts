/** Nodes whose names are host names of containers: long, and different in one letter. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { FakeOrigin } from './support/fake-origin.ts';
import { fakeSamples } from './support/fake-samples.ts';
import { longNames } from './support/long-names.ts';
import { openTab } from './support/overview.ts';
import { closePage, desktop, openPage, phone, projector, startBrowser } from './support/page.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

for (const [name, options] of Object.entries({ desktop, projector, phone })) {
  test(`no view is wider than the page, nothing lies over anything else, and each node can be told from the others: ${name}`, async () => {
    const origin = new FakeOrigin({ entryCount: 1000, nodeIds: longNames, self: longNames[1] });
    for (const node of origin.nodes) node.samples = fakeSamples(node.id, Date.now());
    const page = await openPage(browser, await origin.start(), options);
    try {
      for (const tab of ['Overview', 'Log', 'Charts', 'Nodes'] as const) {
        await openTab(page, tab);
        await page.locator('#view .node-label, #view .chart-legend').first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), options.viewport?.width, tab);
        assert.deepEqual(await overlaps(page), [], tab);
      }
      await openTab(page, 'Nodes');
      for (const n of [0, 1, 2]) await page.locator('.node-detail h3').getByText(`replicated-log-${n}`, { exact: true }).waitFor();
    } finally {
      await closePage(page);
      await origin.stop();
    }
  });
}

/** Pieces of the frame of the page, and of the cards of the picture, that lie over each other. */
async function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const groups = [
      ['.masthead h1', '.sentence', '.masthead .tools', '.tabs', '#view'].flatMap((selector) => [...document.querySelectorAll(selector)]),
    ];
    for (const line of document.querySelectorAll('.card-line, .grid .head .row, .node-detail h3')) groups.push([...line.children]);
    for (const pieces of groups) {
      for (const [index, a] of pieces.entries()) {
        for (const b of pieces.slice(index + 1)) {
          const [one, other] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
          if (one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1)
            found.push(`${a.outerHTML.slice(0, 80)} over ${b.outerHTML.slice(0, 80)}`);
        }
      }
    }
    return found;
  });
}
