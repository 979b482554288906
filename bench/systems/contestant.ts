/** One of the systems that are compared: how it is started, and where load for it goes. */

import type { LoadResult, LoadTarget } from '../load/plan.ts';
import type { Workspace } from '../workspace.ts';

export interface Contestant {
  /** As in `--json` and in the tables. */
  readonly id: string;
  readonly title: string;
  /** What an acknowledgement means there. */
  readonly durability: string;
  start(workspace: Workspace): Promise<RunningContestant>;
}

export interface RunningContestant extends AsyncDisposable {
  readonly target: LoadTarget;
  /** @throws CheckFailed if something that was acknowledged is missing, doubled or in another order somewhere */
  verify?(results: readonly LoadResult[]): Promise<void>;
  /** @throws if a process of it is gone */
  check(): void;
}
