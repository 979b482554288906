/** Runs one `rlog` command to its end, without blocking the test process. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cleanEnvironment, rlogPath } from './nodes.ts';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves standard input open, so that the command waits for more. */
  readonly isOpen?: boolean;
  /** Called with the process, so that a test can signal it. */
  readonly started?: (child: ChildProcess) => void;
}

/** A command that hangs must fail its test, and not hang it. */
const withinMs = 60_000;

/** @param command - the arguments of `rlog`; or a whole command line, for a shell */
export function runRlog(command: readonly string[] | string, { input = '', env = {}, isOpen = false, started }: How = {}): Promise<Ran> {
  const [program, args] = typeof command === 'string' ? ['sh', ['-c', command]] : [rlogPath, command];
  const child = spawn(program, args, { env: { ...cleanEnvironment(), ...env }, timeout: withinMs, killSignal: 'SIGKILL' });
  started?.(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  if (isOpen) child.stdin.write(input);
  else child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}
