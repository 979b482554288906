/** The appends of this page for components. They go on while another view is open. */

import { useEffect, useState } from 'preact/hooks';
import { append } from '../data/api.ts';
import { cluster } from '../data/use-cluster.ts';
import { ActivityHistories } from './activity-histories.ts';
import { AppendTracker } from './append-tracker.ts';
import type { AppendRow } from './append-tracker.ts';

/** Of this page, in ms since 1970, monotonic. */
export function pageClock(): number {
  return performance.timeOrigin + performance.now();
}

export const histories = new ActivityHistories();

export const appends = new AppendTracker({ append, histories, now: pageClock, soon: (callback) => requestAnimationFrame(callback) });

cluster.onFrame((nodeId, frame) => {
  histories.take(nodeId, frame.moments);
  appends.takeFrame(nodeId, frame);
});
cluster.subscribe(() => {
  const { leader } = cluster.view;
  const members = leader?.health?.members.filter(({ state }) => state !== 'joining') ?? [];
  appends.setCluster(
    leader?.id,
    members.map(({ id }) => id),
  );
});

export function useAppends(): readonly AppendRow[] {
  const [rows, setRows] = useState(appends.rows);
  useEffect(() => {
    setRows(appends.rows);
    return appends.subscribe(() => setRows(appends.rows));
  }, []);
  return rows;
}
