/** The options of commands that ask a node. */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { withoutPassword } from '../client/base-url.ts';
import { defaultUrl, variableOf } from '../config/node-url.ts';

const usual = defaultUrl();
const usualText = withoutPassword(usual).replaceAll(/,(?! )/g, ', ');

export function withUrl(command: Command): Command {
  return command.addOption(
    new Option('--url <url>', 'the node to ask; of several, with commas between them, the first that answers').default(usual, usualText),
  );
}

/** For commands that take it as an argument. */
export function urlArgument(): Argument {
  return new Argument('[url]', 'the node; of several, with commas between them, the first that answers').default(usual, usualText);
}

/** The same for a command that is about one node: without a word from the user, it is not about its neighbour. */
export function oneUrlArgument(): Argument {
  const [first = usual] = variableOf(usual) === undefined ? usual.split(',') : [usual];
  return new Argument('[url]', 'the node').default(first, withoutPassword(first));
}
