/** Another commit of this project, checked out beside this one for the duration of a run. */

import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options.ts';
import { oursAt } from './systems/ours.ts';
import type { OurContestant } from './systems/ours.ts';
import type { Workspace } from './workspace.ts';

export class Baseline implements Disposable {
  readonly contestant: OurContestant;
  readonly #repository: string;
  readonly #folder: string;

  /** @throws UsageError where there is no such commit */
  constructor(workspace: Workspace, { repository, ref }: { readonly repository: string; readonly ref: string }) {
    this.#repository = repository;
    const commit = git(repository, 'rev-parse', '--verify', '--quiet', '--short', `${ref}^{commit}`);
    if (commit.status !== 0) throw new UsageError(`there is no commit "${ref}" here`);
    this.#folder = join(workspace.folder, 'baseline');
    const added = git(repository, 'worktree', 'add', '--detach', '--force', this.#folder, commit.stdout.trim());
    if (added.status !== 0) throw new UsageError(`"${ref}" cannot be checked out: ${added.stderr.trim()}`);
    // Both run on the same libraries: it is our code that is compared.
    symlinkSync(join(repository, 'node_modules'), join(this.#folder, 'node_modules'));
    this.contestant = oursAt(join(this.#folder, 'bin', 'rlog'), { id: 'baseline', title: `baseline ${ref} (${commit.stdout.trim()})` });
    // Also if the process ends early: git keeps a list of its worktrees.
    process.once('exit', () => this[Symbol.dispose]());
  }

  [Symbol.dispose](): void {
    const { status } = git(this.#repository, 'worktree', 'remove', '--force', this.#folder);
    // The folder may be gone already, with the rest of the workspace.
    if (status !== 0) git(this.#repository, 'worktree', 'prune');
  }
}

function git(folder: string, ...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
}
