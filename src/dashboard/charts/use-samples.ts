/** The samples of all nodes: what they remember, and then each second as it is told. */

import { useEffect, useState } from 'preact/hooks';
import type { ClusterStore } from '../data/cluster-store.ts';
import type { NodeHistories } from '../data/node-histories.ts';
import { SampleStore } from './sample-store.ts';

export class Samples {
  readonly sampleStore = new SampleStore();
  readonly #watchers = new Set<() => void>();

  constructor(store: Pick<ClusterStore, 'onSample'>, histories: Pick<NodeHistories, 'listen'>) {
    store.onSample((nodeId, sample) => this.sampleStore.add(nodeId, [sample]));
    histories.listen((nodeId, { samples }) => {
      this.sampleStore.add(nodeId, samples);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Told when what a node remembers has come; what is told each second is drawn each second anyway. @returns what ends it */
  onPast(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** @returns with the samples a number that grows when much of it came at once */
export function useSamples(samples: Samples): { readonly sampleStore: SampleStore; readonly version: number } {
  const [version, setVersion] = useState(0);
  useEffect(() => samples.onPast(() => setVersion((count) => count + 1)), [samples]);
  return { sampleStore: samples.sampleStore, version };
}
