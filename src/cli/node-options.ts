/** The options of commands that ask a node. */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { withoutPassword } from '../client/base-url.ts';
import { useTokenFile } from './token.ts';
import { defaultUrl, variableOf } from '../config/node-url.ts';

const usual = defaultUrl();
const usualText = withoutPassword(usual).replaceAll(/,(?! )/g, ', ');

export function withUrl(command: Command): Command {
  return withToken(
    command.addOption(
      new Option('--url <url>', 'the node to ask, or several separated by commas: the first that answers is used').default(
        usual,
        usualText,
      ),
    ),
  );
}

/** For every command that asks a node. */
export function withToken(command: Command): Command {
  return command
    .option('--token-file <file>', 'file with the token to show to the nodes; RLOG_TOKEN may hold the token itself')
    .hook('preAction', (asked) => useTokenFile(asked.opts<{ tokenFile?: string }>().tokenFile));
}

/** The same as an argument. */
export function urlArgument(): Argument {
  return new Argument('[url]', 'the node, or several separated by commas: the first that answers is used').default(usual, usualText);
}

/** For a command that is about one node: its default is that node, and no other one. */
export function oneUrlArgument(): Argument {
  const [first = usual] = variableOf(usual) === undefined ? usual.split(',') : [usual];
  return new Argument('[url]', 'the node').default(first, withoutPassword(first));
}
