/**
 * `rlog dev`: a whole cluster as processes of one terminal, and a page to watch its nodes and break them. Keys kill a
 * node with kill -9, or start it again; q stops everything. What is shown is in dev/.
 */

import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { devTerminalSettings } from '../config/dev-settings.ts';
import { Page, builtPage } from '../http/page/page.ts';
import { Lab } from '../lab/lab.ts';
import { DevNode } from '../lab/dev-node.ts';
import type { LabEvent } from '../lab/lab-event.ts';
import { startLabServer } from '../lab/lab-server.ts';
import { Links } from '../lab/links.ts';
import { printableLines } from '../observe/printable.ts';
import { devPlan } from './dev-settings.ts';
import type { DevFlags, DevPlan } from './dev-settings.ts';
import { lockRoot, prepareFolders } from './dev-folders.ts';
import { needFreePorts } from './dev-ports.ts';
import { Commentary } from './dev/commentary.ts';
import { Controls } from './dev/controls.ts';
import { plainFront, terminalFront } from './dev/front.ts';
import type { Front } from './dev/front.ts';
import { helpLines, startLines } from './dev/help.ts';
import { untilToldToEnd } from './dev/keys.ts';
import { LastWords } from './dev/last-words.ts';
import { openPage } from './dev/open-page.ts';
import { lines } from './lines.ts';
import { onBrokenPipe } from './reader.ts';
import { table } from './table.ts';

export async function dev(flags: DevFlags): Promise<void> {
  const plan = devPlan(flags);
  const terminal = devTerminalSettings();
  const command = (...added: readonly string[]): string => startCommand([...flagsOf(flags), ...added], terminal.isStartedByNpm);
  // A folder that is in use is left alone, and a new one is made only if the ports are free.
  const held = existsSync(plan.root) ? lockRoot(plan) : undefined;
  await needFreePorts(plan, (basePort) => startCommand(flagsOf({ ...flags, basePort }), terminal.isStartedByNpm));
  const lock = held ?? lockRoot(plan);
  prepareFolders(plan);
  const isInTerminal = process.stdout.isTTY && terminal.isCapable;
  const pageUrl = `http://localhost:${plan.labPort}`;

  const lastWords = new LastWords();
  const happened = (event: LabEvent): void => {
    const told = lastWords.addedTo(event);
    front.happened(told);
    commentary?.happened(told);
  };
  const nodes = startable(plan, { happened, nodeLine: (id, line) => (lastWords.hear(id, line), front.nodeLine(id, line)) });
  await using links = await Links.open(plan.nodes);
  const lab = new Lab(nodes, links);
  // Without a terminal, scripts read the nodes' lines, and with a master they expect nothing else.
  const isCommented = isInTerminal || plan.coordinator === 'elections';
  const commentary = isCommented
    ? new Commentary({
        coordinator: plan.coordinator,
        electingCommand: startCommand(flagsOf({ ...flags, ha: true }), terminal.isStartedByNpm),
        nodes: () => lab.state(),
        say: (sentence) => front.say(sentence),
        changed: () => front.refresh(),
        isUp: (leader) => {
          if (!isInTerminal) return;
          const health = commentary?.view.nodes.find(({ id }) => id === leader)?.health;
          const entryCount = health ? health.ends.logEnd - health.firstOffset : 0;
          for (const line of startLines(plan, { leader, entryCount, isInCheckout: terminal.isStartedByNpm })) front.say(line);
        },
      })
    : undefined;
  const controls = new Controls({
    nodeCount: nodes.length,
    toggleNode: (index) => void nodes[index]?.toggle(),
    candidates: () => commentary?.candidates() ?? [],
    promote: (id) => void commentary?.promote(id),
    choosing: (candidates) => {
      // In a terminal the block asks.
      if (!isInTerminal) front.say(`Promote which node: ${candidates.map(({ key, id }) => `${key} (${id})`).join(' or ')}?`);
    },
    toggleWriter: () => commentary?.toggleWriter(),
    toggleLogs: () => front.toggleLogs(),
    openPage: () => void open(pageUrl, terminal.hasDisplay, front),
    changed: () => front.refresh(),
  });
  const front: Front = isInTerminal
    ? terminalFront({
        ids: nodes.map(({ plan: { id } }) => id),
        isColoured: terminal.isColoured,
        state: (areLogsShown) =>
          commentary && {
            ...{ view: commentary.view, pageUrl, areLogsShown, writer: commentary.writer },
            ...{ help: controls.isHelpShown ? helpLines(plan, pageUrl) : [], candidates: controls.candidates },
          },
      })
    : plainFront();
  const failed = (error: unknown): void => sayFailure(error, front, isInTerminal);
  const server = await startLabServer({ lab, page: new Page(builtPage()), port: plan.labPort, failed });
  if (isInTerminal) front.say(`Starting ${nodes.map(({ plan: { id } }) => id).join(', ')} …`);
  for (const node of nodes) node.spawn();
  if (!isInTerminal) sayPlainStart(nodes, pageUrl);
  commentary?.start();
  await untilToldToEnd((key) => controls.press(key), onBrokenPipe);
  const leader = commentary?.leader;
  commentary?.stop();
  front.end();
  if (isInTerminal) front.say('Stopping all nodes …');
  await server.close();
  // The leader is stopped last: it would hand over to a node that is still there, which is of no use here.
  await Promise.all(nodes.filter(({ plan: { id } }) => id !== leader).map((node) => node.end()));
  await Promise.all(nodes.map((node) => node.end()));
  lock.release();
  if (isInTerminal)
    front.say(
      `All nodes stopped. The log is kept in ${plan.root}: "${command()}" continues with it, "${command('--fresh')}" begins an empty one.`,
    );
}

interface Heard {
  readonly happened: (event: LabEvent) => void;
  readonly nodeLine: (id: string, line: string) => void;
}

function startable(plan: DevPlan, { happened, nodeLine }: Heard): DevNode[] {
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  const nodes = plan.nodes.map((each) => {
    const read = (stream: Readable): void => void readAll(stream, (line) => nodeLine(each.id, line));
    return new DevNode({ plan: each, command, tell: happened, read });
  });
  // However this process ends, it must not leave nodes behind, paused ones included.
  process.once('exit', () => {
    for (const node of nodes) for (const signal of ['SIGTERM', 'SIGCONT'] as const) node.signal(signal);
  });
  return nodes;
}

async function open(pageUrl: string, hasDisplay: boolean, front: Front): Promise<void> {
  const isOpen = await openPage(pageUrl, hasDisplay);
  front.say(isOpen ? `The page is open in your browser: ${pageUrl}` : `No browser could be opened: visit ${pageUrl} yourself.`);
}

/** Scripts rely on this format. */
function sayPlainStart(nodes: readonly DevNode[], pageUrl: string): void {
  say(`\npage: ${pageUrl}\n`);
  say(table([['KEY', 'NAME', 'PID', 'URL', 'FOLDER'], ...nodes.map((node, index) => [String(index + 1), ...describe(node)])]));
  say(`\n  curl -X POST ${nodes[0]?.url ?? ''}/messages -H 'Content-Type: application/json' -d '{"message":"Hello"}'`);
  say(`  curl ${(nodes[1] ?? nodes[0])?.url ?? ''}/messages`);
  const keys = nodes.map((_node, index) => index + 1).join(', ');
  say(`\n  ${keys}: kill -9 a node, or start it again    q: end all\n`);
}

function describe({ plan, pid, url }: DevNode): string[] {
  return [plan.id, String(pid ?? '-'), url, plan.folder];
}

/** The flags that were given, except `--fresh`. */
function flagsOf({ ha, nodes, basePort, delays }: DevFlags): string[] {
  return [
    ...(ha === true ? ['--ha'] : []),
    ...(nodes === undefined || nodes === '3' ? [] : ['--nodes', nodes]),
    ...(basePort === undefined ? [] : ['--base-port', basePort]),
    ...(delays === undefined ? [] : ['--delays', delays]),
  ];
}

function startCommand(flags: readonly string[], isStartedByNpm: boolean): string {
  if (!isStartedByNpm) return ['rlog dev', ...flags].join(' ');
  return ['npm start', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readAll(output: Readable, told: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines(output)) told(line.toString('utf8'));
  } catch (error) {
    told(`its output can no longer be read: ${String(error)}`);
  }
}

function sayFailure(error: unknown, front: Front, isInTerminal: boolean): void {
  const text = `rlog: the lab failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  if (isInTerminal) front.say(text);
  else process.stderr.write(`${printableLines(text)}\n`);
}
