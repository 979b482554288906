/** The options of commands that ask a node. */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { withoutPassword } from '../client/base-url.ts';
import { defaultUrl } from '../config/node-url.ts';

const usualUrl = defaultUrl();

export function withUrl(command: Command): Command {
  return command.addOption(
    new Option('--url <url>', 'the node to ask; of several, with commas between them, the first that answers').default(
      usualUrl,
      withoutPassword(usualUrl),
    ),
  );
}

/** For commands that take it as an argument. */
export function urlArgument(): Argument {
  return new Argument('[url]', 'the node').default(usualUrl, withoutPassword(usualUrl));
}
