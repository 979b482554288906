/** The cluster for components: drawn anew when what they look at has changed. */

import { useEffect, useState } from 'preact/hooks';
import { ClusterStore } from './cluster-store.ts';
import type { ClusterView } from './types.ts';

/** The one of this page. */
export const cluster = new ClusterStore();

export function useCluster(): ClusterView {
  const [view, setView] = useState(cluster.view);
  useEffect(() => {
    setView(cluster.view);
    return cluster.subscribe(() => setView(cluster.view));
  }, []);
  return view;
}
