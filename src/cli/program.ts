/** The commands of `rlog`, their arguments and their help. What a command does is in the file of its name. */

import { Argument, Command } from 'commander';
import type { NodeKind } from '../config/config.ts';
import { defaultText, options } from '../config/options.ts';
import type { OptionSpec } from '../config/option-spec.ts';
import { version } from '../api/version.ts';
import { addBackupCommands } from './backup-commands.ts';
import { CliError } from './cli-error.ts';
import { addClusterCommands } from './cluster-commands.ts';
import type { DevFlags } from './dev-settings.ts';
import { exitCodes } from './exit-codes.ts';
import { completionScript, shells } from './completion.ts';
import type { Shell } from './completion.ts';
import { addFolderCommands, addInitCommand } from './folder-commands.ts';
import { addHomeworkCommands } from './homework-commands.ts';
import { addLogCommands } from './log-commands.ts';
import { addRetentionCommands } from './retention-commands.ts';
import { addTokenCommands } from './token-commands.ts';
import { addMoreHelp } from './more-help.ts';
import { namedKinds } from './named-kinds.ts';
import { exitOnBrokenPipe } from './reader.ts';
import { printableLines } from '../observe/printable.ts';

const nodeKinds: readonly NodeKind[] = ['node', ...namedKinds];

const whatItDoes: Readonly<Record<NodeKind, string>> = {
  node: 'run one of several equal nodes, which elect their leader',
  master: 'run a node with a fixed role: the leader',
  secondary: 'run a node with a fixed role: a follower',
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
    ['rlog tail -f', 'read the last messages, and keep following'],
    ['rlog status --watch', 'watch the leader and the other members'],
  ],
  paragraphs: [
    'Commands ask the nodes in RLOG_URL (one URL, or several separated by commas), or else the first node that answers on port 5000, 5001 or 5002 of this machine.',
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

/** Commander does not wrap text that would be narrower than this. */
const minWidthToWrap = 24;

export function program(): Command {
  const rlog = new Command('rlog')
    .description('An ordered, durable log of messages over plain HTTP.')
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .configureHelp({ showGlobalOptions: false, minWidthToWrap })
    // Commander would exit with 1 for any mistake on the command line.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage));
  addMoreHelp(rlog, moreHelp);

  rlog.commandsGroup('Run nodes:');

  rlog
    .command('dev')
    .description('run a whole cluster on this machine, with a page (http://localhost:5080) to watch its nodes and break them')
    .option('--ha', 'equal nodes, which elect a new leader when theirs dies (default: a master and its secondaries)')
    .option('--nodes <count>', 'number of nodes, from 1 to 9', '3')
    .option('--base-port <port>', 'port of the first node; the other nodes are on the next ports, and the page is 80 above')
    .option('--delays <seconds>', 'delay of each secondary, or with --ha of each node, like 2.0,1.5')
    .option('--fresh', 'delete the log of last time, and begin with an empty one')
    .action(async (given: DevFlags) => {
      const { dev } = await import('./dev.ts');
      await dev(given);
    });

  for (const kind of nodeKinds) nodeCommand(rlog, kind);
  addInitCommand(rlog);

  rlog
    .command('by-name')
    .description("run the node that the container's name stands for (secondary2: a follower on port 5002), or else a master")
    .addArgument(new Argument('[kind]', 'the kind of node: then the name decides only its port').choices(namedKinds))
    .action(async (kind: NodeKind | undefined) => {
      const { runByName } = await import('./by-name.ts');
      await runByName(kind);
    });

  rlog.commandsGroup('Write and read:');
  addLogCommands(rlog);
  addRetentionCommands(rlog);
  rlog.commandsGroup('The cluster:');
  addClusterCommands(rlog);
  rlog.commandsGroup('A data folder:');
  addFolderCommands(rlog);
  rlog.commandsGroup('Back up and restore:');
  addBackupCommands(rlog);
  rlog.commandsGroup('From the homework:');
  addHomeworkCommands(rlog);
  rlog.commandsGroup('Other:');
  addTokenCommands(rlog);
  addMoreHelp(rlog.command('completion'), completionHelp)
    .description('print a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(rlog, shell));
    });
  rlog.helpCommand('help [command]', 'show help for a command');
  return rlog;
}

/** `rlog node`, `rlog master` and `rlog secondary`: each option of the table is a flag, as well as a variable. */
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

/** Commander names options in camel case; the table has the flags as they are typed. */
function byFlag(given: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}
