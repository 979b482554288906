/** The processor time of a process: of all its threads, those that ended included, in user mode and in the kernel's. */

import { readFileSync } from 'node:fs';
import { LoadProcess } from './load-process.ts';
import type { LoadPlan, LoadResult } from './load/plan.ts';
import type { Context } from './scenario.ts';
import { pause } from './wait.ts';

/** What Linux counts in (USER_HZ). */
const tickMs = 10;
/** Of `/proc/PID/stat`, counted behind the name. */
const userField = 11;
const systemField = 12;

/** @returns milliseconds since the process began, in steps of 10 */
export function processorMs(pid: number): number {
  return processorMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

export function processorMsIn(stat: string): number {
  // The name is in parentheses, and may contain spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return tickMs * (Number(fields[userField]) + Number(fields[systemField]));
}

interface WatchedLoad {
  readonly result: LoadResult;
  /** What the process used in the window for each request that was answered, in microseconds. */
  readonly microsPerRequest: number;
}

/** Runs a load, and watches a process meanwhile. */
export async function watchedLoad(
  context: Context,
  {
    pid,
    plan,
  }: { readonly pid: number; readonly plan: Omit<LoadPlan, 'generator'> & { readonly warmupMs: number; readonly windowMs: number } },
): Promise<WatchedLoad> {
  const { warmupMs, windowMs } = plan;
  const generator = context.nextGenerator();
  const load = new LoadProcess(context.workspace, { ...plan, warmupMs: undefined, windowMs: undefined, generator });
  await load.started();
  await pause(warmupMs);
  load.measure();
  const [startedAt, usedBefore] = [performance.now(), processorMs(pid)];
  await pause(windowMs);
  const share = (processorMs(pid) - usedBefore) / (performance.now() - startedAt);
  load.stop();
  const result = await load.result();
  // The generator's window and this one begin and end a moment apart.
  return { result, microsPerRequest: (share * result.windowMs * 1000) / result.requests };
}
