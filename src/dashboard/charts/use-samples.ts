/** The samples of all nodes: what they remember, and then each second as it is told. */

import type { ClusterStore } from '../data/cluster-store.ts';
import type { NodeHistories } from '../data/node-histories.ts';
import { useStore } from '../data/use-store.ts';
import { Watchers } from '../data/watchers.ts';
import { SampleStore } from './sample-store.ts';

export class Samples {
  readonly sampleStore = new SampleStore();
  readonly #watchers = new Watchers();
  #version = 0;

  constructor(store: Pick<ClusterStore, 'onSample'>, histories: Pick<NodeHistories, 'listen'>) {
    store.onSample((nodeId, sample) => this.sampleStore.add(nodeId, [sample]));
    histories.listen((nodeId, { samples }) => {
      this.sampleStore.add(nodeId, samples);
      this.#version += 1;
      this.#watchers.tell();
    });
  }

  /** Grows when what a node remembers has come: much of it at once. */
  get version(): number {
    return this.#version;
  }

  /** Told when `version` has grown; what is told each second is drawn each second anyway. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }
}

export function useSamples(samples: Samples): { readonly sampleStore: SampleStore; readonly version: number } {
  return { sampleStore: samples.sampleStore, version: useStore(samples, () => samples.version) };
}
