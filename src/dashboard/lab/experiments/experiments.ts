/** All experiments, in the order in which they teach most, and which of them the nodes of a lab can be used for. */

import type { LabNode } from '../../../api/lab.ts';
import { inWords } from '../../data/numbers.ts';
import type { Arrangement, Cast, Experiment, Script } from './experiment.ts';
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

const scripts: readonly Script[] = [
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

export interface Offer extends Pick<Script, 'id' | 'title'> {
  /** `undefined` if it cannot be done with these nodes. */
  readonly experiment: Experiment | undefined;
  /** Why not. */
  readonly reason: string | undefined;
}

/** Those that make sense where these nodes get their leader as they do. */
export function experimentsFor(nodes: readonly Pick<LabNode, 'id' | 'kind'>[]): readonly Offer[] {
  const arrangement: Arrangement = nodes.every(({ kind }) => kind === 'node') ? 'elections' : 'fixed leader';
  const cast: Cast = {
    count: nodes.length,
    majority: Math.floor(nodes.length / 2) + 1,
    secondaries: nodes.flatMap(({ id, kind }) => (kind === 'secondary' ? [id] : [])),
  };
  return scripts.filter((script) => script.arrangement === arrangement).map((script) => offerOf(script, cast));
}

function offerOf({ id, title, nodesMin, nodesMinReason, playWith }: Script, cast: Cast): Offer {
  if (cast.count >= nodesMin) return { id, title, experiment: { id, title, nodeCount: cast.count, ...playWith(cast) }, reason: undefined };
  const why = cast.count === nodesMin - 1 ? `: ${nodesMinReason}` : '';
  return { id, title, experiment: undefined, reason: `Needs ${inWords(nodesMin)} nodes${why}.` };
}
