/** The cluster for components: drawn anew when what they look at has changed. */

import { history } from './api.ts';
import { ClusterStore } from './cluster-store.ts';
import { EventStore } from './event-store.ts';
import { NodeHistories } from './node-histories.ts';
import { useStore } from './use-store.ts';
import type { WhatHappened } from './what-happened.ts';
import type { ClusterView } from './types.ts';

/** The one of this page. */
export const cluster = new ClusterStore();
export const nodeHistories = new NodeHistories(cluster, history);
const events = new EventStore(cluster, nodeHistories);

export function useCluster(): ClusterView {
  return useStore(cluster, () => cluster.view);
}

export function useWhatHappened(): WhatHappened {
  return useStore(events, () => events.happened);
}
