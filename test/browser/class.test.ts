/** A teacher with the lab, and a class that predicts first: answers are counted, and a run becomes a worksheet. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { perform } from './support/experiment.ts';
import { openTab, sentenceSays } from './support/overview.ts';
import { assertAccessible, closePage, openPage, phone, startBrowser } from './support/page.ts';
import { RealSystem } from './support/real-system.ts';

let browser: Browser;
let system: RealSystem;
let teacher: Page;

before(async () => {
  browser = await startBrowser();
  system = await RealSystem.start();
  teacher = await openPage(browser, system.url);
  await sentenceSays(teacher, /3 of 3 nodes healthy/);
  await openTab(teacher, 'Lab');
});
after(async () => {
  try {
    await closePage(teacher);
  } finally {
    await browser.close();
    await system[Symbol.asyncDispose]();
  }
});

async function counted(numbers: readonly string[]): Promise<void> {
  await teacher.waitForFunction(
    (wanted) => [...document.querySelectorAll('.class-number')].map((each) => each.textContent).join() === wanted,
    numbers.join(),
  );
}

test('a class answers by a link or by raised hands, each answer counts once, and the teacher sees how many were right', async () => {
  await teacher.getByText('Ask a class').click();
  await counted(['0', '0', '0']);
  const link = await teacher.locator('.class-link a').getAttribute('href');
  assert.equal(link, `${system.url}#lab?predict=blocking`);
  const student = await openPage(browser, link, phone);
  await student.getByRole('heading', { name: 'Blocking replication' }).waitFor();
  assert.equal(await student.locator('.node-card').count(), 0, 'who answers has no buttons that kill nodes');
  await assertAccessible(student, 'html');
  for (const choice of ['“Created”, at once: two of three nodes have it.', 'None until secondary2 is back. Then “created”.']) {
    await student.getByRole('radio', { name: choice }).check();
    await student.getByRole('button', { name: 'Send my answer' }).click();
    await student.getByText('Your answer is counted. 1 answer so far').waitFor();
  }
  await closePage(student);
  await counted(['0', '1', '0']);
  await teacher.getByRole('button', { name: /^\+1 hand for: A refusal/ }).click();
  await counted(['0', '1', '1']);
  await assertAccessible(teacher, 'html');
  await perform(teacher, 'Blocking replication', 'None until secondary2 is back. Then “created”.');
  await teacher.getByText('2 answers, 1 of them right').waitFor();
});

test('a run is printed with its question, what was expected, its steps and what was measured, and no button', async () => {
  await teacher.emulateMedia({ media: 'print' });
  try {
    await printed();
  } finally {
    await teacher.emulateMedia({ media: null });
  }
  assert.equal(await teacher.getByText('In your own words: why?').isVisible(), false);
});

async function printed(): Promise<void> {
  for (const text of ['What answer does the writer get?', 'You expect:', 'Measured', 'In your own words: why?', /^Name: _/]) {
    assert.ok(await teacher.getByText(text, { exact: true }).first().isVisible(), String(text));
  }
  assert.ok((await teacher.locator('.step:visible').count()) > 5);
  assert.equal(await teacher.locator('button:visible').count(), 0);
  assert.equal(await teacher.locator('.node-card:visible').count(), 0);
}

test('the teacher clears the answers for the next class', async () => {
  await teacher.getByRole('button', { name: 'Clear the answers' }).click();
  await counted(['0', '0', '0']);
});
