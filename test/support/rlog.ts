/** Runs one command of `rlog` to its end, beside others. */

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
  /** Whether more input could come: it waits for that. */
  readonly isOpen?: boolean;
  /** Told of the process, which may be signalled. */
  readonly started?: (child: ChildProcess) => void;
}

/** What hangs is to fail, and not to hang the test. */
const withinMs = 60_000;

/** @param command - words of a command line, `rlog` not among them; or a whole one, for a shell */
export function runRlog(command: readonly string[] | string, { input = '', env = {}, isOpen = false, started }: How = {}): Promise<Ran> {
  const [program, args] = typeof command === 'string' ? ['sh', ['-c', command]] : [rlogPath, command];
  const child = spawn(program, args, { env: { ...cleanEnvironment(), ...env }, timeout: withinMs, killSignal: 'SIGKILL' });
  started?.(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  // It may end before it read all.
  child.stdin.on('error', () => undefined);
  if (isOpen) child.stdin.write(input);
  else child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}
