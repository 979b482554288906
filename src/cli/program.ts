/** The commands of `rlog`, their arguments and their help. What a command does is in the file of its name. */

import { Argument, Command, Option } from 'commander';
import { withoutPassword } from '../client/base-url.ts';
import type { NodeKind } from '../config/config.ts';
import { defaultUrl } from '../config/node-url.ts';
import { defaultText, options } from '../config/options.ts';
import type { OptionSpec } from '../config/options.ts';
import { version } from '../api/version.ts';
import { CliError } from './cli-error.ts';
import { exitOnBrokenPipe } from './reader.ts';
import { printableLines } from '../observe/printable.ts';

const usualUrl = defaultUrl();

const namedKinds: readonly NodeKind[] = ['master', 'secondary'];
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

function program(): Command {
  const rlog = new Command('rlog')
    .description('An ordered, durable log of messages over plain HTTP.')
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .configureHelp({ showGlobalOptions: false });

  rlog
    .command('dev')
    .description('a master and two secondaries on this machine, with a page (http://localhost:5080) that shows them and can harm them')
    .option('--delays <seconds>', 'delay of each secondary, like 2.0,1.5')
    .option('--fresh', 'empty data/dev first')
    .action(async (given: { delays?: string; fresh?: boolean }) => {
      const { dev } = await import('./dev.ts');
      await dev({ delays: given.delays, isFresh: given.fresh === true });
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

  withUrl(rlog.command('append'))
    .description('append messages: arguments, or lines of standard input')
    .argument('[messages...]')
    .option('--w <concern>', 'how many nodes must hold them: a number, majority or all')
    .option('--timeout-ms <ms>', 'how long to wait for that')
    .option('--key <key>', 'idempotency key: the same one again is not stored again')
    .option('--values', 'messages are JSON values; without it they are strings')
    .option('--json', 'print the answer as JSON')
    .action(
      async (
        messages: string[],
        given: { url: string; w?: string; timeoutMs?: string; key?: string; values?: boolean; json?: boolean },
      ) => {
        const { append } = await import('./append.ts');
        await append(messages, given);
      },
    );

  withUrl(rlog.command('messages'))
    .description('print the messages, one per line')
    .option('--from <offset>', 'first entry')
    .option('--limit <count>', 'at most so many')
    .option('--read <level>', 'default, committed or linearizable')
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; from?: string; limit?: string; read?: string; json?: boolean }) => {
      const { messages } = await import('./messages.ts');
      await messages(given);
    });

  withUrl(rlog.command('tail'))
    .description('print the last messages, and with -f whatever comes, through restarts of the node')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'so many of the last', '10')
    .option('--from <offset>', 'from this entry on, instead of the last')
    .option('--read <level>', 'default, committed or linearizable', 'committed')
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; follow?: boolean; lines: string; from?: string; read: string; json?: boolean }) => {
      const { tail } = await import('./tail.ts');
      await tail(given);
    });

  withUrl(rlog.command('status'))
    .description('members with role, state, ends and lag, as the leader sees them')
    .option('--json', 'print it as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { status } = await import('./status.ts');
      await status(given);
    });

  rlog
    .command('health')
    .description('whether a node serves: exit code 0 or 1')
    .addArgument(new Argument('[url]', 'the node').default(usualUrl, withoutPassword(usualUrl)))
    .option('--json', 'print what it says of itself')
    .addOption(new Option('--by-name [kind]', 'the node that "rlog by-name" runs here').choices(namedKinds))
    .action(async (url: string, given: { json?: boolean; byName?: NodeKind | true }) => {
      const { health } = await import('./health.ts');
      await health(url, given);
    });

  rlog
    .command('demo')
    .description('show blocking replication on three running nodes')
    .argument('[urls...]', 'the nodes, the master first', ['http://127.0.0.1:5000', 'http://127.0.0.1:5001', 'http://127.0.0.1:5002'])
    .action(async (urls: string[]) => {
      const { demo } = await import('./demo.ts');
      await demo(urls);
    });

  withUrl(rlog.command('post'))
    .description('append one message, and say how long it took')
    .argument('<message>')
    .action(async (message: string, given: { url: string }) => {
      const { post } = await import('./post.ts');
      await post(message, given);
    });

  rlog
    .command('get')
    .description('print the messages of a node')
    .addArgument(new Argument('[url]', 'the node').default(usualUrl, withoutPassword(usualUrl)))
    .option('--json', 'print them as JSON')
    .action(async (url: string, given: { json?: boolean }) => {
      const { get } = await import('./get.ts');
      await get(url, given);
    });

  const members = rlog.command('members').description('list the members, or take one out');
  withUrl(members.command('list', { isDefault: true }))
    .description('list the members')
    .option('--json', 'print them as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { listMembers } = await import('./members.ts');
      await listMembers(given);
    });
  withUrl(members.command('remove'))
    .description('take a member out: appends stop waiting for it, and it stays out until registered by hand')
    .argument('<id>')
    .option('--force', 'without a majority, on the node to keep (--url): a new cluster from its log alone')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, given: { url: string; force?: boolean; json?: boolean }) => {
      const { removeMember } = await import('./members.ts');
      await removeMember(id, given);
    });

  withUrl(rlog.command('promote'))
    .description('have a node lead: the leader hands over to it, and no append fails by that; exits with 3 if nobody knows whether it will')
    .argument('[id]', 'the node; the one that is asked, without it')
    .option('--timeout-ms <ms>', 'how long to wait for it')
    .option('--force', 'without asking the leader, or whether the others would have it')
    .option('--yes', 'do not ask before --force')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string | undefined, given: { url: string; timeoutMs?: string; force?: boolean; yes?: boolean; json?: boolean }) => {
      const { promote } = await import('./promote.ts');
      await promote(id, given);
    });

  rlog
    .command('verify')
    .description('check a data folder, and say what is damaged and where; changes nothing')
    .argument('<dir>')
    .option('--json', 'print the findings as JSON')
    .action(async (dir: string, given: { json?: boolean }) => {
      const { verify } = await import('./verify.ts');
      await verify(dir, given);
    });

  rlog
    .command('repair')
    .description('lower the promised epoch of a data folder whose node is stopped, if it is out of reach of the others; read the warning')
    .argument('<dir>')
    .option('--promised-epoch <epoch>', 'lower it to this: at least the epoch of every node that goes on (default: that of its log)')
    .option('--yes', 'do not ask')
    .action(async (dir: string, given: { promisedEpoch?: string; yes?: boolean }) => {
      const { repair } = await import('./repair.ts');
      await repair(dir, given);
    });
  return rlog;
}

function withUrl(command: Command): Command {
  return command.addOption(new Option('--url <url>', 'the node to ask').default(usualUrl, withoutPassword(usualUrl)));
}

/** `rlog node`, `rlog master` and `rlog secondary`: every option of the table, as a flag beside its variable. */
function nodeCommand(rlog: Command, kind: NodeKind): void {
  const command = rlog.command(kind).description(whatItDoes[kind]);
  for (const option of options as readonly OptionSpec[]) {
    if (!option.kinds.includes(kind)) continue;
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
