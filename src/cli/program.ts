/** The commands of `rlog`, their arguments and their help. What a command does is in the file of its name. */

import { Argument, Command } from 'commander';
import type { NodeKind } from '../config/config.ts';
import { defaultText, options } from '../config/options.ts';
import type { OptionSpec } from '../config/option-spec.ts';
import { version } from '../api/version.ts';
import { CliError } from './cli-error.ts';
import { addClusterCommands } from './cluster-commands.ts';
import type { DevFlags } from './dev-settings.ts';
import { exitCodes } from './exit-codes.ts';
import { completionScript, shells } from './completion.ts';
import type { Shell } from './completion.ts';
import { addFolderCommands } from './folder-commands.ts';
import { addHomeworkCommands } from './homework-commands.ts';
import { addLogCommands } from './log-commands.ts';
import { addMoreHelp } from './more-help.ts';
import { namedKinds } from './named-kinds.ts';
import { exitOnBrokenPipe } from './reader.ts';
import { printableLines } from '../observe/printable.ts';

const nodeKinds: readonly NodeKind[] = ['node', ...namedKinds];

const whatItDoes: Readonly<Record<NodeKind, string>> = {
  node: 'run one of equal nodes, which elect who leads',
  master: 'run a node that leads',
  secondary: 'run a node that follows',
};

/** @param argv - as Node has it */
export async function run(argv: readonly string[]): Promise<void> {
  exitOnBrokenPipe();
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    process.stderr.write(`rlog: ${printableLines(error.message)}\n`);
    process.exitCode = error.exitCode;
  }
}

const moreHelp = {
  examples: [
    ['rlog dev', 'run a cluster on this machine, to try it out'],
    ["rlog append 'Hello' --w majority", 'append one message'],
    ['rlog append < lines.txt', 'append a file, line by line'],
    ['rlog tail -f', 'read the last messages, and whatever comes'],
    ['rlog status --watch', 'see who leads, and how the others are'],
  ],
  paragraphs: [
    'Commands ask the nodes in RLOG_URL (one URL, or several with commas between them), or else the first node that answers on port 5000, 5001 or 5002 of this machine.',
    'Exit codes: 0 done, 1 rejected, 2 wrong command line or setting, 3 unknown (it may have been done), 4 no node answered.',
  ],
} as const;

const completionHelp = {
  examples: [
    ['eval "$(rlog completion bash)"', 'in ~/.bashrc'],
    ['eval "$(rlog completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['rlog completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
} as const;

/** Below this width commander leaves the breaking of lines to the terminal. */
const minWidthToWrap = 24;

export function program(): Command {
  const rlog = new Command('rlog')
    .description('An ordered, durable log of messages over plain HTTP.')
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .configureHelp({ showGlobalOptions: false, minWidthToWrap })
    // Commander ends with 1 whatever is wrong with the command line.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage));
  addMoreHelp(rlog, moreHelp);

  rlog.commandsGroup('Run nodes:');

  rlog
    .command('dev')
    .description('a whole cluster on this machine, with a page (http://localhost:5080) that shows its nodes and can harm them')
    .option('--ha', 'equal nodes, which elect another leader when theirs dies; without it a master and its secondaries')
    .option('--nodes <count>', 'how many nodes, from 1 to 9', '3')
    .option('--base-port <port>', 'port of the first node; the others, and the page 80 above, follow from it')
    .option('--delays <seconds>', 'delay of each secondary, or with --ha of each node, like 2.0,1.5')
    .option('--fresh', 'begin with an empty log')
    .action(async (given: DevFlags) => {
      const { dev } = await import('./dev.ts');
      await dev(given);
    });

  for (const kind of nodeKinds) nodeCommand(rlog, kind);

  rlog
    .command('by-name')
    .description("run the node that its container's name says (secondary2: follows, on port 5002), or else a master")
    .addArgument(new Argument('[kind]', 'what it is in any case: then its name says only its port').choices(namedKinds))
    .action(async (kind: NodeKind | undefined) => {
      const { runByName } = await import('./by-name.ts');
      await runByName(kind);
    });

  rlog.commandsGroup('Write and read:');
  addLogCommands(rlog);
  rlog.commandsGroup('The cluster:');
  addClusterCommands(rlog);
  rlog.commandsGroup('A data folder:');
  addFolderCommands(rlog);
  rlog.commandsGroup('From the homework:');
  addHomeworkCommands(rlog);
  rlog.commandsGroup('Other:');
  addMoreHelp(rlog.command('completion'), completionHelp)
    .description('print a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(rlog, shell));
    });
  rlog.helpCommand('help [command]', 'show help for a command');
  return rlog;
}

/** `rlog node`, `rlog master` and `rlog secondary`: every option of the table, as a flag beside its variable. */
function nodeCommand(rlog: Command, kind: NodeKind): void {
  const command = rlog.command(kind).description(whatItDoes[kind]);
  for (const option of options as readonly OptionSpec[]) {
    if (!option.kinds.includes(kind) || option.flag === null) continue;
    const flags = option.isSwitch === true ? `--${option.flag}` : `--${option.flag} <value>`;
    command.option(flags, `${option.help} (${option.variable}; default: ${defaultText(option, kind) || 'none'})`);
  }
  command.action(async (given: Readonly<Record<string, string | boolean | undefined>>) => {
    const { runNode } = await import('./run-node.ts');
    await runNode({ kind, flags: byFlag(given) });
  });
}

/** Commander names options in camel case; the table has them as they are typed. */
function byFlag(given: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}
