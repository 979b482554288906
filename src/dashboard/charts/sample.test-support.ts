/** A second of a leader's life, for tests. */

import type { Sample } from '../../api/activity.ts';

export function sampleAt(seconds: number, facts: Partial<Sample> = {}): Sample {
  return {
    at: seconds * 1000,
    appends: 1,
    entries: 1,
    refused: 0,
    p50Ms: 1,
    p90Ms: 2,
    p99Ms: 3,
    lagEntries: {},
    lagMs: {},
    epoch: 1,
    role: 'leader',
    leader: null,
    durableEnd: 0,
    committedEnd: 0,
    ...facts,
  };
}
