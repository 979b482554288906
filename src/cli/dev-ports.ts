/** Checks that the ports of `rlog dev` are free. If one is not, says which program uses it and what to do. */

import { createServer } from 'node:net';
import { labDistance } from '../config/dev-settings.ts';
import { portHolder } from '../io/port-holder.ts';
import { devHost } from '../lab/node-plans.ts';
import { CliError } from './cli-error.ts';
import type { DevPlan } from './dev-settings.ts';

const firstOtherBase = 5100;
const lastOtherBase = 9900;
const baseStep = 100;

interface Needed {
  readonly port: number;
  readonly what: string;
}

/** @param commandAt - the command that starts it on other ports. @throws CliError */
export async function needFreePorts({ nodes, labPort }: DevPlan, commandAt: (basePort: string) => string): Promise<void> {
  const needed: Needed[] = [
    ...nodes.map(({ id, port }) => ({ port, what: id })),
    { port: labPort, what: 'the page' },
    ...nodes.map(({ id, linkPort }) => ({ port: linkPort, what: `the link to ${id}` })),
  ];
  for (const { port, what } of needed) {
    const code = await reasonNotToListen(port);
    if (code === undefined) continue;
    const base = await freeBase(nodes.length);
    const advice = base === undefined ? '' : `. On other ports, with a log of its own: ${commandAt(String(base))}`;
    if (code !== 'EADDRINUSE') throw new CliError(`port ${port}, for ${what}, cannot be listened on (${code})${advice}`);
    throw new CliError(`port ${port}, for ${what}, is in use${byWhom(port)}${advice}`);
  }
}

function byWhom(port: number): string {
  const holder = portHolder(port);
  if (holder !== undefined) return ` by "${holder.command}" (pid ${holder.pid})`;
  return process.platform === 'darwin' && port === 5000 ? ', perhaps by the AirPlay Receiver of macOS' : '';
}

/** @returns a base port at which all ports are free; `undefined` if there is none */
async function freeBase(nodeCount: number): Promise<number | undefined> {
  for (let base = firstOtherBase; base <= lastOtherBase; base += baseStep) {
    const ports = [
      ...Array.from({ length: nodeCount }, (_, index) => base + index),
      ...Array.from({ length: nodeCount + 1 }, (_, index) => base + labDistance + index),
    ];
    const reasons = await Promise.all(ports.map(reasonNotToListen));
    if (reasons.every((reason) => reason === undefined)) return base;
  }
  return undefined;
}

/** @returns the system's error code; `undefined` if the port can be listened on */
async function reasonNotToListen(port: number): Promise<string | undefined> {
  const probe = createServer();
  const reason = await new Promise<string | undefined>((resolve) => {
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, devHost, () => resolve(undefined));
  });
  if (reason === undefined) await new Promise((resolve) => probe.close(resolve));
  return reason;
}
