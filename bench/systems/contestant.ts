/** One of the systems that are compared: how it is started, and where its load is sent. */

import type { LoadResult, LoadTarget } from '../load/plan.ts';
import type { Workspace } from '../workspace.ts';

export interface Contestant {
  /** As in `--json` and in the tables. */
  readonly id: string;
  readonly title: string;
  /** What an acknowledgement of this system means. */
  readonly durability: string;
  start(workspace: Workspace): Promise<RunningContestant>;
}

export interface RunningContestant extends AsyncDisposable {
  readonly target: LoadTarget;
  /** The process that takes the load. */
  readonly leaderPid: number;
  /** @throws CheckFailed if an acknowledged message is missing, there twice or in another order on some node */
  verify?(results: readonly LoadResult[]): Promise<void>;
  /** @throws if one of its processes has ended */
  check(): void;
}
