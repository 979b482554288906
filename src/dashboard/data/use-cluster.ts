/** The cluster for components: drawn anew when what they look at has changed. */

import { useEffect, useState } from 'preact/hooks';
import { history } from './api.ts';
import { ClusterStore } from './cluster-store.ts';
import { EventStore } from './event-store.ts';
import { NodeHistories } from './node-histories.ts';
import type { WhatHappened } from './what-happened.ts';
import type { ClusterView } from './types.ts';

/** The one of this page. */
export const cluster = new ClusterStore();
export const nodeHistories = new NodeHistories(cluster, history);
const events = new EventStore(cluster, nodeHistories);

export function useCluster(): ClusterView {
  const [view, setView] = useState(cluster.view);
  useEffect(() => {
    setView(cluster.view);
    return cluster.subscribe(() => setView(cluster.view));
  }, []);
  return view;
}

export function useWhatHappened(): WhatHappened {
  const [happened, setHappened] = useState(events.happened);
  useEffect(() => {
    setHappened(events.happened);
    return events.subscribe(() => setHappened(events.happened));
  }, []);
  return happened;
}
