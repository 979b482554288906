/** Starts `rlog dev` as a person would, on free ports and in a folder of its own. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cleanEnvironment, rlogPath } from './nodes.ts';
import { freePort, freePortRow } from './ports.ts';
import type { TestCluster } from './nodes.ts';

/** Three ports for the nodes, and the first of the lab's; the port before that one is free too. */
export async function devPorts(): Promise<number[]> {
  return [await freePort(), await freePort(), await freePort(), (await freePortRow(5)) + 1];
}

export function portVariables(ports: readonly number[]): Record<string, string> {
  const [master = '', first = '', second = '', lab = ''] = ports.map(String);
  return { MASTER_PORT: master, FOLLOWER_1_PORT: first, FOLLOWER_2_PORT: second, LAB_PORT: lab };
}

export interface Dev {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

export function startDev(
  { folder }: Pick<TestCluster, 'folder'>,
  args: readonly string[],
  { ports, env = {} }: { readonly ports: readonly number[]; readonly env?: Readonly<Record<string, string>> },
): Dev {
  const child = spawn(rlogPath, ['dev', ...args], { cwd: folder, env: { ...cleanEnvironment(), ...portVariables(ports), ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return { child, output: () => output, exited: new Promise((resolve) => child.once('exit', resolve)) };
}

/** The pids of its three nodes, from the table that it prints at its start. */
export function pidsIn(output: string): number[] {
  return [...output.matchAll(/^[123] +\w+ +(\d+) /gm)].map(([, pid]) => Number(pid));
}
