/** The recent appends for components, of this page and of others. They go on while another view is open. */

import { append } from '../data/api.ts';
import { readWhole } from '../log/read-page.ts';
import { cluster } from '../data/use-cluster.ts';
import { useStore } from '../data/use-store.ts';
import { ActivityHistories } from './activity-histories.ts';
import type { AppendRow } from './append-row-model.ts';
import { AppendTracker } from './append-tracker.ts';
import { RecentAppends } from './recent-appends.ts';

const readWithinMs = 5000;
const readEveryMs = 100;

/** Of this page, in ms since 1970, monotonic. */
export function pageClock(): number {
  return performance.timeOrigin + performance.now();
}

export const histories = new ActivityHistories();

const soon = (callback: () => void): number => requestAnimationFrame(callback);

export const appends = new AppendTracker({ append, histories, now: pageClock, soon });
const recent = new RecentAppends({
  cluster,
  histories,
  own: appends,
  now: pageClock,
  soon,
  read: async (nodeId, offset) => (await readWhole(nodeId, offset, AbortSignal.timeout(readWithinMs))).text,
  pause: () => new Promise((resolve) => setTimeout(resolve, readEveryMs)),
});

/** All appends, newest first, those of this page among them. */
export function useAppends(): readonly AppendRow[] {
  return useStore(recent, () => recent.rows);
}
