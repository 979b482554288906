/** What the peers have in common: several processes, folders, and a wait until they are ready. */

import type { LoadTarget } from '../load/plan.ts';
import type { Program } from '../program.ts';
import type { Workspace } from '../workspace.ts';
import type { RunningContestant } from './contestant.ts';

export class RunningPeer implements RunningContestant {
  readonly target: LoadTarget;
  readonly #workspace: Workspace;
  readonly #programs: readonly Program[];
  readonly #folders: readonly string[];

  constructor(options: {
    readonly workspace: Workspace;
    readonly target: LoadTarget;
    readonly programs: readonly Program[];
    readonly folders: readonly string[];
  }) {
    this.target = options.target;
    this.#workspace = options.workspace;
    this.#programs = options.programs;
    this.#folders = options.folders;
  }

  check(): void {
    for (const program of this.#programs) program.check();
  }

  /** Their folders are thrown away: there is nothing to shut down in order for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    for (const folder of this.#folders) this.#workspace.removeFolder(folder);
  }
}
