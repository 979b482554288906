/**
 * What followers know of seconds whose leader has forgotten them, because it was restarted: how many entries were
 * committed, and how far each follower was behind the one that held most. Latencies are known to a leader alone.
 */

import { sampleIntervalMs } from '../../api/activity.ts';
import type { Sample } from '../../api/activity.ts';
import type { LeaderSample } from './leader-sample.ts';

export type SamplesByNode = ReadonlyMap<string, ReadonlyMap<number, Sample>>;

/** Nodes take their samples at whole seconds, by their own clocks. */
export function secondOf(at: number): number {
  return Math.round(at / sampleIntervalMs);
}

interface Second {
  readonly samples: Map<string, Sample>;
  committedEnd: number;
}

/** @param told - seconds of which a leader tells itself */
export function secondHand(byNode: SamplesByNode, told: ReadonlySet<number>): LeaderSample[] {
  const seconds = new Map<number, Second>();
  for (const [nodeId, samples] of byNode) {
    for (const sample of samples.values()) {
      // A node of an earlier version does not say how far it is.
      const { committedEnd }: Partial<Sample> = sample;
      if (committedEnd === undefined) continue;
      const at = secondOf(sample.at);
      let second = seconds.get(at);
      if (second === undefined) seconds.set(at, (second = { samples: new Map(), committedEnd: 0 }));
      second.samples.set(nodeId, sample);
      second.committedEnd = Math.max(second.committedEnd, committedEnd);
    }
  }
  return [...seconds].flatMap(([at, second]) => {
    const before = seconds.get(at - 1);
    return told.has(at) || before === undefined ? [] : (sampleOf(second, before) ?? []);
  });
}

/** @returns `undefined` of a second in which no follower knew of a leader */
function sampleOf({ samples, committedEnd }: Second, before: Second): LeaderSample | undefined {
  const leading = [...samples.values()].filter(({ leader }) => leader !== null);
  const newest = leading.toSorted((a, b) => b.epoch - a.epoch)[0];
  if (newest === undefined || newest.leader === null) return undefined;
  const { leader, epoch, at } = newest;
  const held = Math.max(...[...samples.values()].map(({ durableEnd }) => durableEnd));
  const others = [...samples].filter(([nodeId]) => nodeId !== leader);
  return {
    at,
    nodeId: leader,
    epoch,
    appends: null,
    entries: Math.max(0, committedEnd - before.committedEnd),
    p50Ms: null,
    p90Ms: null,
    p99Ms: null,
    lagEntries: Object.fromEntries(others.map(([nodeId, { durableEnd }]) => [nodeId, held - durableEnd])),
    lagMs: {},
  };
}
