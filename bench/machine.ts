/** Describes the machine on which the figures were measured: without it they mean nothing. */

import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { mediumOf } from './medium.ts';
import { bytes, fixed } from './report/format.ts';

export type Machine = readonly (readonly [name: string, value: string])[];

/** Load average of the last minute before a run: above this, other programs may be running. */
const loadMax = 0.5;

/** Call this before anything is started. */
export function strangersNote(): string | undefined {
  const [load = 0] = loadavg();
  if (load <= loadMax) return undefined;
  return `the machine was not idle when the run began (load ${fixed(load)} in the minute before): these figures are provisional`;
}

export function describeMachine(options: {
  readonly folder: string;
  readonly versions: readonly string[];
  readonly repository: string;
}): Machine {
  const all = cpus();
  const { bavail, bsize } = statfsSync(options.folder);
  const isInMemory = mediumOf(options.folder) === 'memory';
  return [
    ['date', new Date().toISOString().slice(0, 10)],
    ['commit', commitOf(options.repository)],
    ['processors', `${all.length} × ${all[0]?.model ?? 'unknown'}`],
    ['memory', bytes(totalmem())],
    ['kernel', release()],
    isInMemory
      ? ['data', `in memory (a tmpfs, ${bytes(bavail * bsize)} free): a flush costs nothing, and the goals are those in memory`]
      : ['disk', `${bytes(bavail * bsize)} free in the temporary folder`],
    ['programs', [`Node ${process.version}`, ...options.versions].join(', ')],
  ];
}

function commitOf(repository: string): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short', 'HEAD');
  if (commit === '') return 'unknown';
  return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}, changed`;
}
