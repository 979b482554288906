/** A second of the log, as its leader told it; `appends` is `null` where only followers did. */

import type { Sample } from '../../api/activity.ts';

export interface LeaderSample extends Pick<Sample, 'at' | 'epoch' | 'entries' | 'p50Ms' | 'p90Ms' | 'p99Ms' | 'lagEntries' | 'lagMs'> {
  readonly nodeId: string;
  readonly appends: number | null;
}
