/** What the peers have in common: several processes and their folders. */

import type { LoadTarget } from '../load/plan.ts';
import type { Program } from '../program.ts';
import type { Workspace } from '../workspace.ts';
import type { RunningContestant } from './contestant.ts';

export class RunningPeer implements RunningContestant {
  readonly target: LoadTarget;
  readonly leaderPid: number;
  readonly #workspace: Workspace;
  readonly #programs: readonly Program[];
  readonly #folders: readonly string[];

  constructor(options: {
    readonly workspace: Workspace;
    readonly target: LoadTarget;
    readonly leader: Program | undefined;
    readonly programs: readonly Program[];
    readonly folders: readonly string[];
  }) {
    this.target = options.target;
    if (options.leader === undefined) throw new Error('one of the programs leads');
    this.leaderPid = options.leader.pid;
    this.#workspace = options.workspace;
    this.#programs = options.programs;
    this.#folders = options.folders;
  }

  check(): void {
    for (const program of this.#programs) program.check();
  }

  /** Their folders are deleted, so there is no need to shut down properly. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    for (const folder of this.#folders) this.#workspace.removeFolder(folder);
  }
}
