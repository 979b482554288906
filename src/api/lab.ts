/** The lab of `rlog dev`: how its nodes stand, what can be done to them, and what it refuses. */

export const plainLabActions = ['kill', 'start', 'pause', 'resume', 'cutOff', 'reconnect', 'wipe', 'forget', 'promote'] as const;

/** `POST /lab/nodes/:id` takes it. */
export type LabAction =
  | { readonly do: (typeof plainLabActions)[number] }
  /** How long a node that follows holds batches; a master has no delay. */
  | { readonly do: 'delay'; readonly delayMs: number };

/** `POST /lab/nodes/:id` answers it. */
export interface LabNode {
  readonly id: string;
  /** `node`: one of equals, which elect their leader; then all are. */
  readonly kind: 'node' | 'master' | 'secondary';
  readonly url: string;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly isCutOff: boolean;
  readonly delayMs: number;
  /** `null` while it does not run. */
  readonly pid: number | null;
}

/** `POST /lab/reset` takes `nodes`: how they are to stand. Those that it does not name run, are connected, and have the delay of the start. */
export type LabTarget = Pick<LabNode, 'id' | 'isRunning' | 'isPaused' | 'isCutOff' | 'delayMs'>;

/** `GET /lab`, and the answer to `POST /lab/reset`. */
export interface LabState {
  readonly nodes: readonly LabNode[];
}

/** `GET`, `POST` (`{"voter", "choice"}`) and `DELETE /lab/predictions/:experiment`: how many expect which of its choices. */
export interface PredictionCounts {
  readonly experiment: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** What the lab refuses: beside the failures of the log, and never met outside `rlog dev`. */
export const labProblems = {
  'foreign-origin': { status: 403, title: 'Another site may not do this' },
  'node-not-started': { status: 500, title: 'The node did not start' },
  'not-now': { status: 409, title: 'This makes no sense now' },
} as const;

export type LabProblemCode = keyof typeof labProblems;
