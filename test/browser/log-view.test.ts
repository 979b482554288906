/** The log view in a browser, on logs of millions of entries that are made up while they are read. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../support/wait.ts';
import { FakeOrigin } from './support/fake-origin.ts';
import type { FakeOriginOptions } from './support/fake-origin.ts';
import { longNames } from './support/long-names.ts';
import { assertAccessible, closePage, desktop, openPage, phone, projector, startBrowser } from './support/page.ts';

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

interface Setting extends FakeOriginOptions {
  readonly hash?: string;
  readonly options?: BrowserContextOptions;
  /** Before the page is opened. */
  readonly prepare?: () => void;
}

async function openLog({ hash = '#log', options = desktop, prepare, ...log }: Setting): Promise<Page> {
  origin = new FakeOrigin(log);
  prepare?.();
  const url = await origin.start();
  page = await openPage(browser, `${url}${hash}`, options);
  await page.waitForSelector('.grid .json');
  return page;
}

/** Offsets of the rows whose entries are shown, top to bottom. */
async function offsets(on: Page): Promise<number[]> {
  return on.$$eval('.grid .body .row', (rows) => {
    const grid = document.querySelector('.grid')?.getBoundingClientRect();
    const head = document.querySelector('.grid .head')?.getBoundingClientRect();
    if (grid === undefined || head === undefined) return [];
    const seen = rows.filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > head.bottom && top < grid.bottom && row.querySelector('.json') !== null;
    });
    return seen.map((row) => Number((row as HTMLElement).dataset['offset']));
  });
}

async function shows(on: Page, offset: number): Promise<void> {
  await waitFor(`entry ${offset} is seen`, async () => (await offsets(on)).includes(offset));
}

/** Kinds of the cells of an offset, one per node. */
async function cells(on: Page, offset: number): Promise<string> {
  return on.$$eval(`[data-offset="${offset}"] .cell[data-kind]`, (all) =>
    all.map((cell) => (cell as HTMLElement).dataset['kind']).join(' '),
  );
}

test('of a hundred million entries every one is reached, and few rows exist', async () => {
  const on = await openLog({ entryCount: 100_000_000 });
  await shows(on, 99_999_999);
  assert.ok((await on.$$('.grid .body .row')).length < 60);
  await on.focus('.grid');
  await on.keyboard.press('Home');
  await shows(on, 0);
  await on.fill('input.short', '54,321,987');
  await on.press('input.short', 'Enter');
  await shows(on, 54_321_987);
  assert.match(on.url(), /#log\?offset=54321987$/);
  await on.$eval('.grid', (grid) => (grid.scrollTop = grid.scrollHeight));
  await shows(on, 99_999_999);
  await on.$eval('.grid', (grid) => (grid.scrollTop = grid.scrollHeight / 2));
  await waitFor('the middle', async () => (await offsets(on)).some((offset) => Math.abs(offset - 50_000_000) < 100_000));
});

test('an address leads to its offset', async () => {
  const on = await openLog({ entryCount: 3_000_000, hash: '#log?offset=1234567' });
  await shows(on, 1_234_567);
});

/**
 * Scrolls from one end to the other as by the scrollbar, then back in quick steps.
 * @returns the most that the page's main thread worked for one step: by its own clock, which stands while others have the machine
 */
async function longestStepMs(on: Page): Promise<number> {
  const session = await on.context().newCDPSession(on);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  };
  const places = [
    ...Array.from({ length: 80 }, (_, step) => ({ part: step / 80 })),
    ...Array.from({ length: 80 }, () => ({ stepPx: -400 })),
  ];
  let longest = 0;
  let workedBefore = await worked();
  for (const place of places) {
    await on.evaluate(async (to) => {
      const grid = document.querySelector('.grid');
      if (grid === null) throw new Error('no grid');
      grid.scrollTop = 'part' in to ? grid.scrollHeight * to.part : grid.scrollTop + to.stepPx;
      // Drawn in the first frame, and behind us in the second.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }, place);
    const now = await worked();
    longest = Math.max(longest, now - workedBefore);
    workedBefore = now;
  }
  await session.detach();
  return longest;
}

test('scrolling through a million entries never stalls', async () => {
  const on = await openLog({ entryCount: 1_000_000 });
  const longestMs = await longestStepMs(on);
  assert.ok(longestMs < 100, `a step of ${longestMs} ms`);
  assert.ok(longestMs > 1, `a step of ${longestMs} ms was not measured`);
});

test('who is at the end follows it; who is not sees how many came', async () => {
  const on = await openLog({ entryCount: 5000 });
  await shows(on, 4999);
  for (const node of origin.nodes) node.held = 5040;
  origin.tell();
  await shows(on, 5039);
  await on.hover('.grid');
  await on.mouse.wheel(0, -600);
  await on.waitForSelector('.follow');
  for (const node of origin.nodes) node.held = 5052;
  origin.tell();
  await waitFor('twelve are new', async () => (await on.textContent('.follow'))?.includes('12 entries new') === true);
  assert.ok(!(await offsets(on)).includes(5051));
  await on.click('.follow');
  await shows(on, 5051);
  assert.equal(await on.$('.follow'), null);
});

test('a log that grows fast is followed without rows that wait for their entries', async () => {
  const on = await openLog({ entryCount: 5000 });
  await shows(on, 4999);
  const growing = setInterval(() => {
    for (const node of origin.nodes) node.committedEnd = node.held += 500;
    origin.tell();
  }, 50);
  try {
    const { waiting, last } = await on.evaluate(async () => {
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      const ends = performance.now() + 1500;
      let most = 0;
      while ((await frame()) < ends) most = Math.max(most, document.querySelectorAll('.grid .cell[data-kind=loading]').length);
      return { waiting: most, last: Number(document.querySelector<HTMLElement>('.grid .body .row:last-child')?.dataset['offset']) };
    });
    assert.equal(waiting, 0);
    assert.ok(last > 6000, `${last}`);
  } finally {
    clearInterval(growing);
  }
});

test('a secondary that is behind is seen to be', async () => {
  const on = await openLog({
    entryCount: 1000,
    prepare: () => {
      origin.node('secondary2').held = 995;
      for (const node of origin.nodes) node.committedEnd = 998;
    },
  });
  await shows(on, 999);
  await waitFor('all columns', async () => (await cells(on, 994)) === 'entry entry entry');
  assert.equal(await cells(on, 995), 'entry entry notHere');
  assert.equal(await cells(on, 998), 'uncommitted uncommitted notHere');
  origin.node('secondary2').held = 1000;
  origin.tell();
  await waitFor('it has caught up', async () => (await cells(on, 997)) === 'entry entry entry');
});

test('of a node that is gone it is said what it had', async () => {
  const on = await openLog({
    entryCount: 1000,
    prepare: () => {
      origin.node('secondary1').held = 998;
    },
  });
  await waitFor('its entries', async () => (await cells(on, 997)) === 'entry entry entry');
  origin.node('secondary1').goneReason = 'connection refused';
  origin.tell();
  await waitFor('it is gone', async () => (await cells(on, 998)) === 'entry gone entry');
  assert.equal(await cells(on, 997), 'entry stale entry');
  assert.match((await on.textContent('.head')) ?? '', /secondary1 down \(last offset 997\)/);
});

test('what a change of leader cut is not shown any more', async () => {
  const on = await openLog({
    entryCount: 1001,
    prepare: () => {
      for (const node of origin.nodes) node.committedEnd = 990;
    },
  });
  await waitFor('the entry that will be cut', async () => (await cells(on, 1000)) === 'uncommitted uncommitted uncommitted');
  for (const node of origin.nodes) {
    node.held = 995;
    node.epoch = 2;
    node.epochs = [
      { epoch: 1, start: 0 },
      { epoch: 2, start: 993 },
    ];
  }
  origin.tell();
  await waitFor('the rows beyond the end are gone', async () => (await on.$('[data-offset="1000"]')) === null);
  await waitFor('the entry of the other epoch', async () => (await on.textContent('[data-offset="993"] .epoch')) === '2');
  assert.notEqual(await on.$('[data-offset="993"][data-epoch-begins]'), null);
});

test('one node is read at the level that is chosen', async () => {
  const on = await openLog({
    entryCount: 1000,
    prepare: () => {
      for (const node of origin.nodes) node.committedEnd = 997;
    },
  });
  await on.selectOption('.log-tools select >> nth=0', 'secondary1');
  await shows(on, 999);
  await on.selectOption('.log-tools select >> nth=1', 'committed');
  await waitFor('the last that is committed', async () => (await offsets(on)).at(-1) === 996);
});

test('keys move, open and close', async () => {
  const on = await openLog({ entryCount: 100_000, hash: '#log?offset=601' });
  await shows(on, 601);
  await on.focus('.grid');
  const active = (): Promise<string | null> => on.getAttribute('.grid', 'aria-activedescendant');
  await on.keyboard.press('ArrowDown');
  await waitFor('the next row', async () => (await active()) === 'entry-602');
  await on.keyboard.press('ArrowUp');
  await on.keyboard.press('Enter');
  await on.waitForSelector('[data-offset="601"] .detail');
  assert.match((await on.textContent('.detail pre')) ?? '', /"order": 601,"city": "Kyiv"/);
  await on.keyboard.press('Enter');
  await waitFor('it is closed', async () => (await on.$('.detail')) === null);
  await on.keyboard.press('PageDown');
  await waitFor('a page further', async () => Number((await active())?.slice(6)) > 610);
  await on.keyboard.press('End');
  await shows(on, 99_999);
  await on.keyboard.press('Home');
  await shows(on, 0);
  assert.equal(await active(), 'entry-0');
});

test('of a long message the whole is read when it is opened, and shown when it is asked for', async () => {
  const on = await openLog({ entryCount: 10_000 });
  await on.click('[data-offset="9999"] .json');
  await on.click('.detail >> text=/show all \\(100,002 characters\\)/');
  await waitFor('the whole', async () => ((await on.textContent('.detail pre')) ?? '').length > 100_000);
});

test('a search says how far it goes, and leads from match to match', async () => {
  const on = await openLog({ entryCount: 100_000 });
  await shows(on, 99_999);
  await on.fill('input[type=search]', 'MESSAGE 99');
  await waitFor('matches', async () =>
    /^\d+ in [\d,]+ loaded entries of master/.test((await on.textContent('[role=search] [role=status]')) ?? ''),
  );
  await on.press('input[type=search]', 'Enter');
  await waitFor('a mark', async () => (await on.$('.row[aria-selected=true] mark')) !== null);
  const first = await on.getAttribute('.row[aria-selected=true]', 'data-offset');
  await on.press('input[type=search]', 'Enter');
  await waitFor('another', async () => (await on.getAttribute('.row[aria-selected=true]', 'data-offset')) !== first);
});

test('the whole log is searched when somebody asks for it, and stopped and gone on with', async () => {
  const on = await openLog({ entryCount: 400_000 });
  await shows(on, 399_999);
  await on.fill('input[type=search]', '[7,"Odesa"');
  const said = async (): Promise<string> => (await on.textContent('[role=search]')) ?? '';
  await waitFor('nothing in what is loaded', async () => /0 in [\d,]+ loaded entries of master/.test(await said()));
  origin.node('master').isSlow = true;
  await on.getByRole('button', { name: 'Search all 400,000' }).click();
  await on.getByRole('progressbar', { name: 'Searched so far' }).waitFor();
  await on.getByRole('button', { name: 'Stop' }).click();
  await waitFor('it stops', async () => /found in the first [\d,]+ of 400,000 entries/.test(await said()));
  origin.node('master').isSlow = false;
  await on.getByRole('button', { name: 'Continue' }).click();
  await waitFor('it is through', async () => /0 found in all 400,000 entries of master/.test(await said()), 60_000);
  await on.fill('input[type=search]', '"order":123457,');
  await waitFor('another search', async () => /0 in [\d,]+ loaded/.test(await said()));
  await on.press('input[type=search]', 'Enter');
  await waitFor('the one match', async () => /1 found in all 400,000 entries of master/.test(await said()), 60_000);
  await on.press('input[type=search]', 'Enter');
  await shows(on, 123_457);
  await on.locator('[data-offset="123457"][aria-selected=true] mark').first().waitFor();
});

test('a search that the node breaks off says how far it came and why', async () => {
  const on = await openLog({ entryCount: 100_000 });
  await shows(on, 99_999);
  await on.fill('input[type=search]', 'nowhere to be found');
  origin.node('master').failsReads = true;
  await on.getByRole('button', { name: 'Search all 100,000' }).click();
  await waitFor('it is said', async () =>
    /0 found in the first 0 of 100,000 entries; stopped: as the test wants it/.test((await on.textContent('[role=search]')) ?? ''),
  );
});

test('a message, and the command that reads it, can be copied', async () => {
  const on = await openLog({ entryCount: 1000 });
  await on.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await on.click('[data-offset="998"] .json');
  await on.getByRole('button', { name: 'Copy curl' }).click();
  await waitFor(
    'it is copied',
    async () => (await on.evaluate(() => navigator.clipboard.readText())) === 'curl http://master.test/messages/998',
  );
  await on.getByRole('button', { name: 'Copy JSON' }).click();
  await waitFor('it is copied', async () => (await on.evaluate(() => navigator.clipboard.readText())).startsWith('{"user"'));
});

test('a row that is opened at the end of the view is scrolled to where all of it is seen', async () => {
  const on = await openLog({ entryCount: 1000 });
  await shows(on, 999);
  await on.click('[data-offset="998"] .json');
  await waitFor('it is seen', async () =>
    on.evaluate(() => {
      const detail = document.querySelector('.detail')?.getBoundingClientRect();
      const grid = document.querySelector('.grid')?.getBoundingClientRect();
      return detail !== undefined && grid !== undefined && detail.bottom <= grid.bottom;
    }),
  );
  for (const node of origin.nodes) node.held = 1100;
  origin.tell();
  await on.waitForSelector('.follow');
  assert.ok(await on.isVisible('[data-offset="998"] .detail'), 'who reads an entry is not taken away from it');
});

test('the table stays where it is when a node goes down, and the last that is known of it is faded', async () => {
  const on = await openLog({ entryCount: 1000 });
  await shows(on, 999);
  const top = async (): Promise<number | undefined> => (await on.locator('[data-offset="999"]').boundingBox())?.y;
  const topBefore = await top();
  origin.node('secondary2').goneReason = 'connect ECONNREFUSED 127.0.0.1:5002, and some more words that do not fit';
  origin.tell();
  await waitFor('it is gone', async () => (await cells(on, 999)) === 'entry entry stale');
  assert.equal(await top(), topBefore);
  await on.focus('.grid');
  await on.keyboard.press('Home');
  // Of these nothing was read there.
  await waitFor('all that it is known to have had', async () => (await cells(on, 0)) === 'entry entry stale');
  assert.doesNotMatch((await on.textContent('.grid .body')) ?? '', /it had an entry here/);
});

for (const [name, options] of Object.entries({ desktop, projector, phone })) {
  test(`long names have room in the log: ${name}`, async () => {
    const on = await openLog({ entryCount: 1000, nodeIds: longNames, options });
    await shows(on, 999);
    assert.match((await on.textContent('.grid .head')) ?? '', /replicated-log-0/);
    assert.equal(await on.evaluate(() => document.documentElement.scrollWidth), options.viewport?.width);
    const cut = await on.$$eval('.node-label', (labels) =>
      labels.filter((label) => label.scrollWidth > label.clientWidth + 1).map((label) => label.textContent),
    );
    assert.deepEqual(cut, []);
    const dots = await on.$$eval('.grid .head .node-name', (names) => names.map((each) => getComputedStyle(each, '::before').width));
    assert.ok(
      dots.every((width) => Number.parseFloat(width) > 6),
      dots.join(),
    );
    await assertAccessible(on, '#page');
  });
}

test('what cannot be read is said, and read when it can be', async () => {
  const on = await openLog({ entryCount: 1000 });
  origin.node('master').failsReads = true;
  for (const node of origin.nodes) node.held = 1005;
  origin.tell();
  await waitFor('it is said', async () => (await on.textContent('.head'))?.includes('cannot be read now') === true);
  origin.node('master').failsReads = false;
  await waitFor('it is read', async () => (await cells(on, 1004)) === 'uncommitted uncommitted uncommitted');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, options] of Object.entries({ desktop, phone })) {
    test(`no rule for accessibility is broken: ${name}, ${colorScheme}`, async () => {
      const on = await openLog({
        entryCount: 1000,
        options: { ...options, colorScheme },
        prepare: () => {
          origin.node('secondary2').held = 990;
          origin.node('secondary1').goneReason = 'connection refused';
          for (const node of origin.nodes) node.committedEnd = 995;
        },
      });
      await shows(on, 999);
      await assertAccessible(on, '#page');
      await on.fill('input[type=search]', 'and');
      await on.click('[data-offset="998"] .json');
      await on.waitForSelector('.detail pre');
      await assertAccessible(on, '#page');
      await on.selectOption('.log-tools select >> nth=0', 'master');
      await shows(on, 998);
      await assertAccessible(on, '#page');
    });
  }
}

test('on a phone each node is a dot beside the entry', async () => {
  const on = await openLog({
    entryCount: 1000,
    options: phone,
    prepare: () => {
      origin.node('secondary2').held = 995;
    },
  });
  await shows(on, 999);
  assert.deepEqual(await on.$$eval('[data-offset="996"] .dot', (dots) => dots.map((dot) => (dot as HTMLElement).title)), [
    'master: has it',
    'secondary1: has it',
    'secondary2: not here yet',
  ]);
  assert.equal(await on.evaluate(() => document.documentElement.scrollWidth), 390);
});
