/** The recent appends for components, of this page and of others. They go on while another view is open. */

import { useEffect, useState } from 'preact/hooks';
import { append } from '../data/api.ts';
import { readWhole } from '../log/read-page.ts';
import { cluster } from '../data/use-cluster.ts';
import { ActivityHistories } from './activity-histories.ts';
import { allRows } from './append-row-model.ts';
import type { AppendRow } from './append-row-model.ts';
import { AppendTracker } from './append-tracker.ts';
import { OtherAppends } from './other-appends.ts';
import { OtherTexts } from './other-texts.ts';

const readWithinMs = 5000;

/** Of this page, in ms since 1970, monotonic. */
export function pageClock(): number {
  return performance.timeOrigin + performance.now();
}

export const histories = new ActivityHistories();

const soon = (callback: () => void): number => requestAnimationFrame(callback);

export const appends = new AppendTracker({ append, histories, now: pageClock, soon });
const others = new OtherAppends({ now: pageClock, histories });
const texts = new OtherTexts({ read: readText, others, told: tell });

let rows: readonly AppendRow[] = [];
const watchers = new Set<() => void>();

async function readText(nodeId: string, offset: number): Promise<string> {
  return (await readWhole(nodeId, offset, AbortSignal.timeout(readWithinMs))).text;
}

function tell(): void {
  rows = allRows(appends.rows, others.rows);
  for (const watcher of watchers) watcher();
}

cluster.onFrame((nodeId, frame) => {
  histories.take(nodeId, frame.moments);
  appends.takeFrame(nodeId, frame);
  others.takeFrame(nodeId, frame);
  if (frame.moments.length > 0) soon(tell);
});
cluster.subscribe(() => {
  const { leader } = cluster.view;
  const members = (leader?.health?.members.filter(({ state }) => state !== 'joining') ?? []).map(({ id }) => id);
  appends.setCluster(leader?.id, members);
  others.setCluster(leader?.id, members);
});
appends.subscribe(tell);

/** All appends, newest first, those of this page among them. */
export function useAppends(): readonly AppendRow[] {
  const [shown, setShown] = useState(rows);
  useEffect(() => {
    const show = (): void => {
      setShown(rows);
      void texts.want(rows);
    };
    show();
    watchers.add(show);
    return () => void watchers.delete(show);
  }, []);
  return shown;
}
