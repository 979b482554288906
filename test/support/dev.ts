/** Starts `rlog dev` as a person would, on free ports and in a folder of its own. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cleanEnvironment, rlogPath } from './nodes.ts';
import { freePort, freePortRow } from './ports.ts';
import type { TestCluster } from './nodes.ts';

/** A port for each node, and the first of the lab's; the port before that one is free too. */
export async function devPorts(nodeCount = 3): Promise<number[]> {
  const ports: number[] = [];
  for (let n = 0; n < nodeCount; n += 1) ports.push(await freePort());
  return [...ports, (await freePortRow(nodeCount + 2)) + 1];
}

/** @param ports - as `devPorts` has them */
export function portVariables(ports: readonly number[]): Record<string, string> {
  const nodes = ports.slice(0, -1).map((port, index) => [index === 0 ? 'MASTER_PORT' : `FOLLOWER_${index}_PORT`, String(port)] as const);
  return { ...Object.fromEntries(nodes), LAB_PORT: String(ports.at(-1) ?? '') };
}

export interface Dev {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

export function startDev(
  cluster: Pick<TestCluster, 'folder' | 'own'>,
  args: readonly string[],
  { ports, env = {} }: { readonly ports: readonly number[]; readonly env?: Readonly<Record<string, string>> },
): Dev {
  const child = spawn(rlogPath, ['dev', ...args], { cwd: cluster.folder, env: { ...cleanEnvironment(), ...portVariables(ports), ...env } });
  cluster.own(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return { child, output: () => output, exited: new Promise((resolve) => child.once('exit', resolve)) };
}

/** The pids of its three nodes, from the table that it prints at its start. */
export function pidsIn(output: string): number[] {
  return [...output.matchAll(/^[123] +\w+ +(\d+) /gm)].map(([, pid]) => Number(pid));
}
