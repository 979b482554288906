import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Argument, Command, Option } from 'commander';
import { completionScript } from './completion.ts';

function commands(): Command {
  const rlog = new Command('rlog').version('1');
  rlog.command('append').description("somebody's: messages").option('--w <concern>', 'nodes').addOption(new Option('--values').hideHelp());
  rlog.command('messages').addOption(new Option('--read <level>', 'level').choices(['default', 'committed']));
  const members = rlog.command('members');
  members.command('add').option('--json', 'as JSON');
  members.command('remove').option('--force', 'by force');
  rlog.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  return rlog;
}

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): string[] {
  const script = `${completionScript(commands(), 'bash')}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rlog; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', 'rlog', ...words], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash completes commands, subcommands, options, and the values of options that have a choice', () => {
  assert.deepEqual(offered('m'), ['messages', 'members']);
  assert.deepEqual(offered('append', '--'), ['--w', '--help']);
  assert.deepEqual(offered('members', ''), ['add', 'remove', 'help', '--help', '-h']);
  assert.deepEqual(offered('members', 'remove', 'n2', '--f'), ['--force']);
  assert.deepEqual(offered('messages', '--read', ''), ['default', 'committed']);
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh', '--help', '-h']);
  assert.deepEqual(offered('append', 'file-of-mine'), []);
});

test('zsh and fish complete the same, with descriptions', () => {
  const zsh = completionScript(commands(), 'zsh');
  assert.ok(zsh.includes(`'append:somebody'\\''s: messages'`), zsh);
  assert.ok(zsh.includes(`(' messages --read') found=('default' 'committed')`), zsh);
  const fish = completionScript(commands(), 'fish');
  assert.ok(fish.includes(`complete -c rlog -n '__fish_use_subcommand' -f -a 'append' -d 'somebody\\'s: messages'`), fish);
  assert.ok(fish.includes(`complete -c rlog -n '__fish_seen_subcommand_from messages' -l read -x -a 'default committed' -d 'level'`), fish);
  assert.ok(fish.includes(`'__fish_seen_subcommand_from members; and __fish_seen_subcommand_from remove' -l force`), fish);
  assert.ok(!fish.includes('values'), 'what help does not show');
});
