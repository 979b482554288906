import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from './block.ts';
import { Screen } from './screen.ts';

const block: readonly Line[] = [[{ text: 'one', look: 'good' }], [{ text: 'two', look: 'plain' }]];
const colour = /\[[0-9;]+m/;

function screenOf(isColoured: boolean) {
  let written = '';
  const output = { columns: 40, rows: 10, write: (text: string) => (written += text) };
  const screen = new Screen(output, isColoured);
  return {
    screen,
    output,
    taken: () => {
      const text = written;
      written = '';
      return text;
    },
  };
}

test('printed text takes the place of the block, which is drawn again below it', () => {
  const { screen, taken } = screenOf(false);
  screen.setBlock(block);
  taken();
  screen.say('something happened');
  assert.equal(taken(), '\r\u001b[1A\u001b[Jsomething happened\r\none\r\ntwo');
});

test('a block that has not changed is not drawn again', () => {
  const { screen, taken } = screenOf(false);
  screen.setBlock(block);
  taken();
  screen.setBlock(block);
  assert.equal(taken(), '');
});

test('sentences are broken between words, and lines that can be copied are not', () => {
  const { screen, taken } = screenOf(false);
  taken();
  screen.say('a sentence that is longer than one line of this terminal');
  assert.match(taken(), /a sentence that is longer than one line\r\nof this terminal\r\n/);
  screen.print('curl http://127.0.0.1:5000/messages -d something-long');
  assert.match(taken(), /curl http:\/\/127\.0\.0\.1:5000\/messages -d something-long\r\n/);
});

test('after a resize the last sentences that fit are shown again, with the block below them', () => {
  const { screen, output, taken } = screenOf(false);
  for (let number = 1; number <= 20; number += 1) screen.say(`sentence ${number}`);
  taken();
  output.rows = 5;
  screen.redraw(block);
  assert.equal(taken(), '\u001b[H\u001b[2Jsentence 18\r\nsentence 19\r\nsentence 20\r\none\r\ntwo');
});

test('text that a high block pushed out of the screen is shown again when the block is lower', () => {
  const { screen, taken } = screenOf(false);
  screen.say('before');
  screen.setBlock(
    Array.from({ length: 8 }, () => block)
      .flat()
      .slice(0, 9),
  );
  taken();
  screen.setBlock(block);
  assert.equal(taken(), '\u001b[H\u001b[2Jbefore\r\none\r\ntwo');
});

test('colours are used only if they are wanted', () => {
  for (const isColoured of [true, false]) {
    const { screen, taken } = screenOf(isColoured);
    screen.setBlock(block);
    assert.equal(colour.test(taken()), isColoured);
  }
});

test('once the screen is closed the cursor is back, and lines are printed plainly', () => {
  const { screen, taken } = screenOf(false);
  screen.setBlock(block);
  taken();
  screen.close();
  screen.close();
  assert.equal(taken(), '\r\u001b[1A\u001b[J\u001b[?25h');
  screen.say('the end');
  assert.equal(taken(), 'the end\r\n');
});
