/** The charts in a browser, on fifteen minutes that are made up. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../support/wait.ts';
import { FakeOrigin } from './support/fake-origin.ts';
import { fakeSample, fakeSamples } from './support/fake-samples.ts';
import { sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, desktop, openPage, phone, startBrowser } from './support/page.ts';

let browser: Browser;
let origin: FakeOrigin;
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
    await origin.stop();
  }
});

async function openCharts(options: BrowserContextOptions = desktop, { rememberedSeconds = 900 } = {}): Promise<Page> {
  origin = new FakeOrigin({ entryCount: 1000 });
  for (const node of origin.nodes) {
    const since = Date.now() - rememberedSeconds * 1000;
    // Those that led were restarted, and have forgotten what was before.
    node.samples = fakeSamples(node.id, Date.now()).filter(({ at }) => node.id === 'secondary2' || at >= since);
    node.role = node.id === 'secondary1' ? 'leader' : 'follower';
    node.epoch = 2;
  }
  page = await openPage(browser, `${await origin.start()}#charts`, options);
  await page.waitForSelector('.chart canvas');
  await waitFor('values', async () => /\d/.test((await legend(page, 0)) ?? ''));
  return page;
}

async function legend(on: Page | undefined, chart: number): Promise<string | null | undefined> {
  return on?.textContent(`.chart >> nth=${chart} >> .chart-legend`);
}

/** Whether anything of this colour is drawn on a chart. */
async function isDrawn(on: Page, chart: number, token: string): Promise<boolean> {
  return on.$eval(
    `.chart >> nth=${chart} >> canvas`,
    (element, name) => {
      const canvas = element as HTMLCanvasElement;
      const probe = document.createElement('span');
      probe.style.color = `var(${name})`;
      document.body.append(probe);
      const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
      probe.remove();
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let at = 0; at < data.length; at += 4) {
        const distance = Math.abs((data[at] ?? 0) - red) + Math.abs((data[at + 1] ?? 0) - green) + Math.abs((data[at + 2] ?? 0) - blue);
        if (distance < 12 && (data[at + 3] ?? 0) > 200) return true;
      }
      return false;
    },
    token,
  );
}

test('the charts tell the story of both leaders', async () => {
  const on = await openCharts();
  assert.match((await on.textContent('.charts-head')) ?? '', /Now: secondary1 leads/);
  assert.match((await legend(on, 1)) ?? '', /p50 \d+(\.\d+)? ms.*p90 \d+(\.\d+)? ms.*p99 \d+(\.\d+)? ms/);
  // The master followed after it had led, so both are lines.
  assert.match((await legend(on, 2)) ?? '', /^master \d.*secondary1 –.*secondary2 \d/);
  for (const [chart, token] of [
    [0, '--accent'],
    [1, '--good'],
    [1, '--bad'],
    [2, '--node-2'],
    [3, '--node-2'],
  ] as const) {
    assert.equal(await isDrawn(on, chart, token), true, `${token} in chart ${chart}`);
  }
});

test('each second that is told is added', async () => {
  const on = await openCharts();
  origin.tellSample('secondary1', { ...fakeSample('secondary1', { at: Date.now(), leads: true }), entries: 123_456 });
  await waitFor('the new second', async () => (await legend(on, 0))?.includes('123,456') === true);
});

test('all charts show their values where the reader points', async () => {
  const on = await openCharts();
  const newest = await legend(on, 2);
  const box = await on.locator('.chart >> nth=0 >> .u-over').boundingBox();
  assert.ok(box);
  // Three minutes and more ago, when the master led.
  await on.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
  await waitFor('the master led then', async () =>
    /\d\d:\d\d:\d\d: master led, epoch 1/.test((await on.textContent('.charts-head')) ?? ''),
  );
  assert.notEqual(await legend(on, 2), newest);
  const columns = await on.$$eval('.u-over', (overs) =>
    overs.map((over) => (over.querySelector('.u-cursor-x')?.getBoundingClientRect().left ?? 0) - over.getBoundingClientRect().left),
  );
  assert.equal(columns.length, 4);
  assert.ok(Math.max(...columns) - Math.min(...columns) < 3, `cursors stand at ${columns.join()}`);
  await on.mouse.move(0, 0);
  await waitFor('now again', async () => (await on.textContent('.charts-head'))?.includes('Now: secondary1 leads') === true);
});

test('what leaders forgot when they were restarted is told by who followed them', async () => {
  const on = await openCharts(desktop, { rememberedSeconds: 60 });
  const box = await on.locator('.chart >> nth=0 >> .u-over').boundingBox();
  assert.ok(box);
  await on.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
  await waitFor('the master led then', async () => /\d\d:\d\d:\d\d: master led/.test((await on.textContent('.charts-head')) ?? ''));
  assert.match((await legend(on, 0)) ?? '', /entries 100.*appends –/);
  assert.match((await legend(on, 1)) ?? '', /p50 –/);
});

test('what the page saw of a leader stays when that was restarted, its latencies too', async () => {
  const on = await openCharts();
  const leader = origin.node('secondary1');
  leader.goneReason = 'connection refused';
  origin.tell();
  await sentenceSays(on, /secondary1 has been down since/);
  Object.assign(leader, { goneReason: undefined, samples: [], epoch: 3 });
  const remembered = on.waitForResponse(/secondary1\/history$/);
  origin.tell();
  await (await remembered).finished();
  await sentenceSays(on, /secondary1 leads epoch 3/);
  const box = await on.locator('.chart >> nth=1 >> .u-over').boundingBox();
  assert.ok(box);
  // A minute ago.
  await on.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2);
  await waitFor('it led then', async () => /\d\d:\d\d:\d\d: secondary1 led, epoch 2/.test((await on.textContent('.charts-head')) ?? ''));
  assert.match((await legend(on, 1)) ?? '', /p50 \d.*p90 \d.*p99 \d/);
});

test('entries are counted, and the appends that they came in', async () => {
  const on = await openCharts();
  const [, entries = '', appends = ''] = /entries ([\d,]+).*appends ([\d,]+)/.exec((await legend(on, 0)) ?? '') ?? [];
  assert.equal(Number(entries.replaceAll(',', '')), 3 * Number(appends.replaceAll(',', '')));
});

for (const width of [390, 1024, 1440]) {
  test(`no label of a chart is cut at its edge: ${width} px`, async () => {
    const on = await openCharts({ viewport: { width, height: 800 } });
    for (const minutes of ['1 min', '5 min', '15 min']) {
      await on.getByRole('radio', { name: minutes, exact: true }).check();
      for (const [chart, token] of ['--accent', '--good', '--node-2', '--node-2'].entries()) {
        await waitFor(`chart ${chart} of ${minutes} is drawn`, () => isDrawn(on, chart, token));
        assert.equal(await isEdgeEmpty(on, chart), true, `${minutes}, chart ${chart}`);
      }
    }
  });
}

/** Whether nothing is drawn in the first and last columns of a chart. */
async function isEdgeEmpty(on: Page, chart: number): Promise<boolean> {
  return on.$eval(`.chart >> nth=${chart} >> canvas`, (element) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext('2d');
    return [0, canvas.width - 1].every((x) => context?.getImageData(x, 0, 1, canvas.height).data.every((value) => value === 0));
  });
}

test('lines have the colours of the theme', async () => {
  const on = await openCharts({ ...desktop, colorScheme: 'light' });
  assert.equal(await isDrawn(on, 0, '--accent'), true);
  await on.selectOption('.masthead select', 'dark');
  await waitFor('dark colours', () => isDrawn(on, 0, '--accent'));
});

test('charts are as wide as there is room', async () => {
  const on = await openCharts();
  await on.setViewportSize({ width: 500, height: 800 });
  await waitFor('narrow', async () => ((await on.locator('.chart canvas').first().boundingBox())?.width ?? 1000) < 480);
  assert.equal(await on.evaluate(() => document.documentElement.scrollWidth), 500);
});

test('the last minute stands in a table for those who hear it', async () => {
  const on = await openCharts();
  assert.match((await on.textContent('.chart >> nth=1 >> table')) ?? '', /Latency of appends, in the last minute.*p50\d.* ms.*p99\d+/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, options] of Object.entries({ desktop, phone })) {
    test(`no rule for accessibility is broken: ${name}, ${colorScheme}`, async () => {
      const on = await openCharts({ ...options, colorScheme });
      await assertAccessible(on, '#page');
    });
  }
}
