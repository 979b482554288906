/**
 * What a page of the documents asks its reader to do, in order: commands to type, keys to press, files to save. So the page
 * itself is the script of its test, and the test does exactly what the page says.
 *
 * - ```bash: commands, one per line. With `# in a third terminal` before them, they keep running while the reader goes on.
 *   A line `# {…}` after a command is its answer.
 * - ```json and ```text after it: its answer. `…` stands for anything.
 * - ```js after "Save this as `NAME`": a file.
 * - "Press `K`", "press the leader's key", "the same key once more", "Ctrl-C" and "The third terminal shows" in the text.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './nodes.ts';

export type Step =
  | { readonly kind: 'type'; readonly commands: readonly string[]; readonly expected: readonly string[]; readonly isThird: boolean }
  | { readonly kind: 'press'; readonly key: string }
  | { readonly kind: 'press-leader' }
  | { readonly kind: 'press-again' }
  | { readonly kind: 'end-third' }
  | { readonly kind: 'third-shows'; readonly expected: string }
  | { readonly kind: 'save'; readonly name: string; readonly text: string };

interface Fence {
  readonly language: string;
  readonly text: string;
}

const thirdTerminal = '# in a third terminal';

export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let prose = '';
  for (const [index, part] of page.split(/^```/m).entries()) {
    if (index % 2 === 0) {
      steps.push(...deedsIn(part));
      prose = part;
    } else {
      const fence = { language: part.slice(0, part.indexOf('\n')).trim(), text: part.slice(part.indexOf('\n') + 1).trimEnd() };
      addFence(steps, { fence, prose });
    }
  }
  return steps;
}

function addFence(steps: Step[], { fence: { language, text }, prose }: { readonly fence: Fence; readonly prose: string }): void {
  if (language === 'bash') {
    steps.push(typed(text));
    return;
  }
  const name = /Save this as `([^`]+)`/.exec(prose)?.[1];
  if (language === 'js' && name !== undefined) {
    steps.push({ kind: 'save', name, text });
    return;
  }
  if (language !== 'json' && language !== 'text') return;
  if (prose.includes('The third terminal shows')) {
    steps.push({ kind: 'third-shows', expected: text });
    return;
  }
  const last = steps.at(-1);
  // A block that does not directly follow commands is an illustration.
  if (last?.kind === 'type' && prose.trim() === '') steps[steps.length - 1] = { ...last, expected: [...last.expected, text] };
}

function typed(text: string): Step {
  const lines = text.split('\n');
  const expected = lines.flatMap((line) => /^# (\{.*?\})(?: {2}|$)/.exec(line)?.[1] ?? []);
  const commands = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/ {2,}# .*$/, ''));
  return { kind: 'type', commands, expected, isThird: lines.includes(thirdTerminal) };
}

function deedsIn(prose: string): Step[] {
  return [...prose.matchAll(/Press `(.)`|press the leader's key|the same key once more|Ctrl-C/g)].map(([words, key]): Step => {
    if (key !== undefined) return { kind: 'press', key };
    if (words === 'Ctrl-C') return { kind: 'end-third' };
    return { kind: words === "press the leader's key" ? 'press-leader' : 'press-again' };
  });
}

/** Whether this is the expected answer: `…` stands for anything, and numbers that differ from run to run are ignored. */
export function isAnswer(actual: string, expected: string): boolean {
  const pattern = settled(expected.trim())
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^]*');
  return new RegExp(`^${pattern}$`).test(settled(actual.trim()));
}

/** Replaces `acks` and epochs, which differ from run to run. */
function settled(text: string): string {
  return text.replaceAll(/"acks":\d+/g, '"acks":N').replaceAll(/(epoch"?[: ]) ?\d+/g, '$1N');
}

/** @returns the first program under this heading of the page */
export function exampleOf(page: string, heading: string): string {
  const section = readFileSync(join(repository, page), 'utf8').split(`\n## ${heading}\n`)[1] ?? assert.fail(`${page} has ${heading}`);
  return /```js\n([\s\S]*?)```/.exec(section)?.[1] ?? assert.fail(`${heading} has a program`);
}
