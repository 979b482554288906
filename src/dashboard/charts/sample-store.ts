/**
 * The samples of all nodes, as far back as nodes keep them, and for each second that of the node that led then. A node keeps
 * its samples in memory, so a restarted one has none of its past; what the page heard before stays, and what the followers
 * of that node know fills the rest, all but the latencies.
 */

import type { Sample } from '../../api/activity.ts';
import type { LeaderSample } from './leader-sample.ts';
import { secondHand, secondOf } from './second-hand.ts';

/** As long as nodes keep theirs. */
const keptMs = 15 * 60_000;
const deposedMs = 5000;

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
    return leaders.toSorted((a, b) => a.at - b.at).filter(isUncontested());
  }
}

/**
 * A leader that was deposed may not have heard of it for a while: then the higher epoch counts. Where nobody led in a
 * higher one for longer, a log was begun anew, and its epochs with it.
 */
function isUncontested(): (sample: LeaderSample) => boolean {
  let last: LeaderSample | undefined;
  return (sample) => {
    if (last !== undefined && sample.epoch < last.epoch && sample.at - last.at <= deposedMs) return false;
    last = sample;
    return true;
  };
}
