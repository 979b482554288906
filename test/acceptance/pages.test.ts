/** Follows the README and the tutorial: every command, key and answer. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onlyLong } from '../support/long.ts';
import { repository } from '../support/nodes.ts';
import { isAnswer, stepsOf } from '../support/page-steps.ts';
import type { Step } from '../support/page-steps.ts';
import { Reader } from '../support/reader.ts';

function stepsOfPage(path: string): ReturnType<typeof stepsOf> {
  return stepsOf(readFileSync(join(repository, path), 'utf8'));
}

test('the commands and keys of the README have the results that it shows', async () => {
  const steps = stepsOfPage('README.md');
  assert.deepEqual(
    steps.flatMap((step) => (step.kind === 'press' ? step.key : [])),
    ['1', '1'],
  );
  await using reader = await Reader.begin();
  await reader.follow(steps);
});

test('the commands and keys of the tutorial have the results that it shows', onlyLong, async () => {
  const steps = stepsOfPage('docs/tutorial.md');
  const kinds = new Set(steps.map(({ kind }) => kind));
  assert.deepEqual([...kinds].toSorted(), ['end-third', 'press', 'press-again', 'press-leader', 'save', 'third-shows', 'type']);
  await using reader = await Reader.begin();
  await reader.follow(steps);
});

test('every command of the pages about HTTP, about what is kept and about the homework works as written', onlyLong, async () => {
  await using reader = await Reader.begin();
  for (const path of ['docs/http.md', 'docs/retention.md', 'docs/homework.md']) {
    const commands = stepsOfPage(path).flatMap((step) => (step.kind === 'type' ? step.commands : []));
    assert.ok(commands.length > 4, path);
    if (!commands.some((command) => command.startsWith('npm start'))) await reader.follow([startOf('npm start')]);
    for (const command of commands) {
      if (command.startsWith('npm start')) await reader.follow([startOf(command)]);
      // A command that does not end is run for a second.
      else
        assert.doesNotMatch(
          await reader.answerTo(command.replace(/curl (?=-N|.*wait=)/, 'curl --max-time 1 ')),
          /"code":|curl: \((?!28)/,
          command,
        );
    }
  }
});

function startOf(command: string): Step {
  return { kind: 'type', commands: [command], expected: [], isThird: false };
}

test('an answer must match the page, except for what the page leaves open and for counts that differ from run to run', () => {
  assert.ok(isAnswer('{"offset":4,"acks":3,"epoch":2}\n', '{"offset":4,"acks":2,"epoch":3}'));
  assert.ok(isAnswer('one\ntwo\nthree', 'one\n…\nthree'));
  assert.ok(!isAnswer('{"offset":5,"acks":2}', '{"offset":4,"acks":2}'));
  assert.ok(!isAnswer('{"offset":4} and more', '{"offset":4}'));
});
