/** All experiments, in the order in which they teach most. */

import type { LabNode } from '../../../api/lab.ts';
import type { Arrangement, Experiment } from './experiment.ts';
import { blocking } from './blocking.ts';
import { catchingUp } from './catching-up.ts';
import { cutOffLeader } from './cut-off-leader.ts';
import { forgettingDisk } from './forgetting-disk.ts';
import { handOver } from './hand-over.ts';
import { killedLeader } from './killed-leader.ts';
import { lostDisk } from './lost-disk.ts';
import { noQuorum } from './no-quorum.ts';
import { pausedLeader } from './paused-leader.ts';
import { slowSecondary } from './slow-secondary.ts';
import { writeConcern } from './write-concern.ts';

export const experiments: readonly Experiment[] = [
  blocking,
  writeConcern,
  slowSecondary,
  catchingUp,
  lostDisk,
  noQuorum,
  killedLeader,
  pausedLeader,
  cutOffLeader,
  handOver,
  forgettingDisk,
];

/** They speak of three nodes. */
const nodeCount = 3;

/** Those that make sense with these nodes. */
export function experimentsFor(nodes: readonly Pick<LabNode, 'kind'>[]): readonly Experiment[] {
  if (nodes.length !== nodeCount) return [];
  const arrangement: Arrangement = nodes.every(({ kind }) => kind === 'node') ? 'elections' : 'fixed leader';
  return experiments.filter((experiment) => experiment.arrangement === arrangement);
}
