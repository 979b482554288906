/**
 * `rlog dev`: a master and two secondaries as three processes in one terminal, and a page that shows them and can harm
 * them. Keys 1, 2 and 3 kill a node with kill -9, or start it again; q ends all.
 */

import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { prettyFactory } from 'pino-pretty';
import { Page, builtPage } from '../http/page/page.ts';
import { FolderLock } from '../io/folder-lock.ts';
import { prettyOptions } from '../observe/logger.ts';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { Lab } from '../lab/lab.ts';
import { DevNode } from '../lab/dev-node.ts';
import { startLabServer } from '../lab/lab-server.ts';
import { Links } from '../lab/links.ts';
import { devHost } from '../lab/node-plans.ts';
import type { NodePlan } from '../lab/node-plans.ts';
import { CliError } from './cli-error.ts';
import { devPlan } from './dev-settings.ts';
import type { DevFlags, DevPlan } from './dev-settings.ts';
import { lines } from './lines.ts';
import { onBrokenPipe } from './reader.ts';
import { table } from './table.ts';

const colours = ['\u001b[36m', '\u001b[33m', '\u001b[35m'];
const plain = '\u001b[0m';

export async function dev(flags: DevFlags): Promise<void> {
  const settings = devPlan(flags);
  const { nodes: plans, labPort } = settings;
  await needFreePorts(plans, labPort);
  prepareFolders(settings);
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  const nodes = plans.map((plan, index) => {
    const show = shower(plan.id, colours[index % colours.length] ?? plain);
    return new DevNode({ plan, command, show, read: (stream, each) => void showAll(stream, each) });
  });
  // However this process ends, if it can do anything at all then: nodes must not stay behind, paused or not.
  process.once('exit', () => {
    for (const node of nodes) for (const signal of ['SIGTERM', 'SIGCONT'] as const) node.signal(signal);
  });
  await using links = await Links.open(plans);
  const lab = new Lab(nodes, links);
  const server = await startLabServer({ lab, page: new Page(builtPage()), port: labPort, failed: sayFailure });
  for (const node of nodes) node.spawn();
  say(`\npage: http://localhost:${labPort}\n`);
  say(table([['KEY', 'NAME', 'PID', 'URL', 'FOLDER'], ...nodes.map((node, index) => [String(index + 1), ...describe(node)])]));
  say(`\n  curl -X POST ${nodes[0]?.url ?? ''}/messages -H 'Content-Type: application/json' -d '{"message":"Hello"}'`);
  say(`  curl ${nodes[1]?.url ?? ''}/messages`);
  const keys = nodes.map((_node, index) => index + 1).join(', ');
  say(`\n  ${keys}: kill -9 a node, or start it again    q: end all\n`);
  await untilToldToEnd((index) => toggle(nodes[index]));
  await server.close();
  await Promise.all(nodes.map((node) => node.end()));
}

function describe({ plan, pid, url }: DevNode): string[] {
  return [plan.id, String(pid ?? '-'), url, plan.folder];
}

function toggle(node: DevNode | undefined): void {
  if (node === undefined) return;
  if (node.isRunning) node.signal('SIGKILL');
  else {
    node.spawn();
    node.say(`started again, pid ${node.pid ?? '-'}`);
  }
}

/** Makes sure that no other node has them: on other ports, it would lose its log under its hands. @throws CliError */
function prepareFolders({ nodes: plans, root, isFresh }: DevPlan): void {
  const locks: FolderLock[] = [];
  const holder = { id: 'dev', pid: process.pid, url: `http://${devHost}`, since: new Date().toISOString() };
  try {
    for (const { folder } of plans) if (existsSync(folder)) locks.push(FolderLock.take(folder, holder));
    if (isFresh) rmSync(root, { recursive: true, force: true });
    for (const { folder } of plans) makeFolder(folder, privateFolder);
  } catch (cause) {
    throw new CliError(cause instanceof Error ? cause.message : String(cause), 1, { cause });
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** @throws CliError */
async function needFreePorts(plans: readonly NodePlan[], labPort: number): Promise<void> {
  const forNodes = 'MASTER_PORT, FOLLOWER_1_PORT and FOLLOWER_2_PORT choose others';
  const forLab = `LAB_PORT chooses another for the page, and the ${plans.length} after it for the links`;
  for (const { id, port } of plans) await needFreePort(port, id, forNodes);
  await needFreePort(labPort, 'the page', forLab);
  for (const { id, linkPort } of plans) await needFreePort(linkPort, `the link to ${id}`, forLab);
}

async function needFreePort(port: number, what: string, help: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code ?? error.message})`;
      reject(new CliError(`port ${port}, for ${what}, ${reason}; ${help}`));
    });
    probe.listen(port, devHost, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** Reads keys from the terminal, or from a pipe; resolves at q, Ctrl-C or a signal, or when nobody reads our output. */
function untilToldToEnd(pressed: (index: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const isTerminal = stdin.isTTY;
    let isTold = false;
    const end = (): void => {
      if (isTold) return;
      isTold = true;
      resolve();
      if (isTerminal) stdin.setRawMode(false);
      stdin.destroy();
    };
    // A terminal that was closed can be neither read nor set any more.
    stdin.on('error', end);
    onBrokenPipe(end);
    // Not once: a second one, as when a terminal is closed, would leave the nodes behind.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
    if (isTerminal) stdin.setRawMode(true);
    stdin.on('data', (keys: Buffer) => {
      for (const key of keys.toString('latin1')) {
        if (key === 'q' || key === '\u0003') end();
        else pressed(Number(key) - 1);
      }
    });
  });
}

/** Lines of a node, with its name before them. */
function shower(name: string, colour: string): (line: string) => void {
  const isTerminal = process.stdout.isTTY;
  const format = prettyFactory({ ...prettyOptions, colorize: isTerminal });
  const label = name.padEnd(10);
  const prefix = isTerminal ? `${colour}${label}${plain} ` : `${label} `;
  return (line) => void process.stdout.write(`${prefix}${line.startsWith('{') ? format(line) : `${line}\n`}`);
}

async function showAll(output: Readable, show: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines(output)) show(line.toString('utf8'));
  } catch (error) {
    show(`its output cannot be read any more: ${String(error)}`);
  }
}

function sayFailure(error: unknown): void {
  process.stderr.write(`rlog: the lab failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
