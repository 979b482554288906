import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { program } from './program.ts';

function helpOf(command: Command, columns: number): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => columns });
  command.outputHelp();
  return text;
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

test('the help of each command fits the terminal, and text that is wrapped stays in its column', () => {
  const commands = allOf(program());
  assert.ok(commands.length > 20);
  for (const columns of [80, 100]) {
    for (const command of commands) {
      const lines = helpOf(command, columns).split('\n');
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        [],
        `${command.name()} in ${columns} columns`,
      );
    }
  }
  const append = commands.find((each) => each.name() === 'append') ?? assert.fail();
  const [, head = '', indent = 'none'] = /^( {2}--from-line <number> +)\S.*\n( +)\S/m.exec(helpOf(append, 80)) ?? [];
  assert.equal(indent.length, head.length);
  const help = helpOf(program(), 80);
  assert.match(help, /^ {2}rlog append < lines\.txt {2,}append a file/m);
  assert.match(help, /^Commands ask the nodes in RLOG_URL .*\n\S.*\n/m);
});
