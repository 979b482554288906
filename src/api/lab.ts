/** The lab of `rlog dev`: the state of its nodes, what can be done to them, and what it refuses. */

export const plainLabActions = ['kill', 'start', 'pause', 'resume', 'cutOff', 'reconnect', 'wipe', 'forget', 'promote'] as const;

/** The body of `POST /lab/nodes/:id`. */
export type LabAction =
  | { readonly do: (typeof plainLabActions)[number] }
  /** How long a follower holds back batches; a master has no delay. */
  | { readonly do: 'delay'; readonly delayMs: number };

/** The answer to `POST /lab/nodes/:id`. */
export interface LabNode {
  readonly id: string;
  /** `node`: one of equal nodes, which elect their leader; then all nodes are of this kind. */
  readonly kind: 'node' | 'master' | 'secondary';
  readonly url: string;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly isCutOff: boolean;
  readonly delayMs: number;
  /** `null` while the node is not running. */
  readonly pid: number | null;
}

/**
 * The `nodes` in the body of `POST /lab/reset`: the state to put them in. Nodes that are not named will run, connected,
 * with the delay that they had at the start.
 */
export type LabTarget = Pick<LabNode, 'id' | 'isRunning' | 'isPaused' | 'isCutOff' | 'delayMs'>;

/** `GET /lab`, and the answer to `POST /lab/reset`. */
export interface LabState {
  readonly nodes: readonly LabNode[];
}

/**
 * `GET`, `POST` (`{"voter", "choice"}`) and `DELETE /lab/predictions/:experiment`: how many people expect each of its
 * outcomes.
 */
export interface PredictionCounts {
  readonly experiment: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** What the lab refuses. These codes exist only in `rlog dev`, besides the failures of the log. */
export const labProblems = {
  'foreign-origin': { status: 403, title: 'Another site may not do this' },
  'node-not-started': { status: 500, title: 'The node did not start' },
  'not-now': { status: 409, title: 'This is not possible now' },
} as const;

export type LabProblemCode = keyof typeof labProblems;
