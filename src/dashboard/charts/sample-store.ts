/**
 * The samples of all nodes, as far back as nodes keep them, and of each time those of the node that led then. A node that was
 * restarted has forgotten its past; what the page heard of it before stays, and what its followers know fills the rest.
 */

import type { Sample } from '../../api/activity.ts';
import type { LeaderSample } from './leader-sample.ts';
import { secondHand, secondOf } from './second-hand.ts';

/** As long as nodes keep theirs. */
const keptMs = 15 * 60_000;

export class SampleStore {
  readonly #samples = new Map<string, Map<number, Sample>>();

  /** In any order, and as often as one likes: a sample is known by its node and time. */
  add(nodeId: string, samples: readonly Sample[]): void {
    let ofNode = this.#samples.get(nodeId);
    if (ofNode === undefined) this.#samples.set(nodeId, (ofNode = new Map()));
    for (const sample of samples) ofNode.set(sample.at, sample);
    const newest = Math.max(0, ...ofNode.keys());
    for (const at of ofNode.keys()) if (at < newest - keptMs) ofNode.delete(at);
  }

  /** What leaders said of their own time, and followers of what their leader forgot; oldest first. */
  leading(): LeaderSample[] {
    const leaders: LeaderSample[] = [];
    for (const [nodeId, samples] of this.#samples) {
      for (const sample of samples.values()) if (sample.role === 'leader') leaders.push({ ...sample, nodeId });
    }
    leaders.push(...secondHand(this.#samples, new Set(leaders.map(({ at }) => secondOf(at)))));
    leaders.sort((a, b) => a.at - b.at);
    // A leader that was deposed may not have heard of it for a while: the higher epoch counts.
    let epoch = 0;
    return leaders.filter((sample) => {
      epoch = Math.max(epoch, sample.epoch);
      return sample.epoch === epoch;
    });
  }
}
