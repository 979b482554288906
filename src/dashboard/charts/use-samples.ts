/** The samples of all nodes: what they remember, asked once, and then each second as it is told. */

import { useEffect, useState } from 'preact/hooks';
import { history } from '../data/api.ts';
import type { ClusterStore } from '../data/cluster-store.ts';
import { SampleStore } from './sample-store.ts';

const againMs = 2000;

export class Samples {
  readonly sampleStore = new SampleStore();
  /** What a node remembers has come. What is told each second is drawn each second anyway. */
  onPast = (): void => undefined;
  /** Those whose history was asked since they were last reached. */
  readonly #asked = new Set<string>();
  readonly #store: ClusterStore;

  constructor(store: ClusterStore) {
    this.#store = store;
    store.onSample((nodeId, sample) => this.sampleStore.add(nodeId, [sample]));
  }

  /** Asks each node that is reached for what it remembers. A node that comes back is asked again: it may have led meanwhile. */
  ask(): void {
    for (const { id, isReachable } of this.#store.view.nodes) {
      if (!isReachable) this.#asked.delete(id);
      else if (!this.#asked.has(id)) {
        this.#asked.add(id);
        history(id).then(
          ({ samples }) => {
            this.sampleStore.add(id, samples);
            this.onPast();
          },
          // Until then the chart begins with what is told each second.
          () =>
            setTimeout(() => {
              this.#asked.delete(id);
              this.ask();
            }, againMs),
        );
      }
    }
  }

  /** What was told while nobody listened is asked for when somebody does. */
  forgetAsked(): void {
    this.#asked.clear();
  }
}

/** @returns with the samples a number that grows when much of it came at once */
export function useSamples(samples: Samples, store: ClusterStore): { readonly sampleStore: SampleStore; readonly version: number } {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    samples.onPast = () => setVersion((count) => count + 1);
    samples.forgetAsked();
    samples.ask();
    const end = store.subscribe(() => samples.ask());
    return () => {
      samples.onPast = () => undefined;
      end();
    };
  }, [samples, store]);
  return { sampleStore: samples.sampleStore, version };
}
